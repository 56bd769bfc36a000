"""The environment of our child processes: from an allow-list, so that no key of the server's own slips in."""

import os
import secrets
from collections.abc import Mapping
from typing import Optional

from actors.processes.paths import check_name

MARKER = "CALLBOARD_TREE"
"""The variable that every process of a tree carries, for the sweep at boot."""

ALLOWED = frozenset({"HOME", "LANG", "LANGUAGE", "PATH", "TMPDIR", "TZ"})
"""What is passed on from the server's own environment, besides LC_*."""


def base_environment(
    extra: Optional[Mapping[str, str]] = None, source: Optional[Mapping[str, str]] = None
) -> dict[str, str]:
    """Return a complete environment for a child process.

    Args:
        extra: What this child needs besides; wins over the rest.
        source: Where the allowed variables come from: the server's own environment when it is not given.

    Returns:
        PATH, HOME, LANG, LANGUAGE, LC_*, TZ and TMPDIR as far as they are set, and `extra`.
    """
    source = os.environ if source is None else source
    kept = {name: value for name, value in source.items() if name in ALLOWED or name.startswith("LC_")}
    return {**kept, **(extra or {})}


def new_marker(data_id: str, owner: str) -> str:
    """Return a marker for one tree: `data_id:owner:token`, the token being its own.

    Args:
        data_id: The data directory's identity: a server ends only what carries its own.
        owner: The actor that owns the tree, for the log. An owner may have several trees.
    """
    return f"{check_name(data_id, 'data id')}:{check_name(owner, 'owner')}:{secrets.token_hex(6)}"


def owner_of(marker: str) -> str:
    """Return the actor that owns a tree, by its marker; see `new_marker`."""
    return marker.split(":")[1]
