"""The app's name, as a pipeline gets it."""

import hashlib
import re
from datetime import datetime
from typing import Optional

MAX_NAME = 48
"""Characters of the longest name."""

_OTHERS = re.compile(r"[^a-z0-9]+")


def app_name(workspace_id: str, moment: Optional[datetime] = None) -> str:
    """Return a name of small letters, digits and `-`, which neither begins nor ends it.

    Directories, packages and URLs can go by it. Two workspaces never have the same name: where one is not written the
    way that it could be, a few digits of its hash follow.

    Args:
        workspace_id: The workspace's name.
        moment: Goes into the name when nothing of the workspace's can be used.
    """
    plain = _OTHERS.sub("-", workspace_id.lower()).strip("-")
    if plain == workspace_id and 0 < len(plain) <= MAX_NAME:
        return plain
    digest = hashlib.sha256(workspace_id.encode("utf-8", "replace")).hexdigest()[:8]
    stem = plain[: MAX_NAME - len(digest) - 1].rstrip("-") or (f"app-{moment:%Y%m%d-%H%M%S}" if moment else "app")
    return f"{stem}-{digest}"
