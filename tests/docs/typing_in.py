"""Types what a page shows into a shell, as `callboard` or as `./run`, and reads what is printed."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from tests.docs.terminal import run_shell


def typed(
    text: str, folder: Path, replaced: Optional[Mapping[str, str]] = None, more: Optional[Mapping[str, str]] = None
) -> str:
    """Run the commands of a page one after the other; each has to succeed. Blocks.

    Args:
        text: As it stands there.
        folder: Where it is typed, with a data directory `data`; it is the home too.
        replaced: What is put in place of what stands there: addresses, ids, directories.
        more: Further variables of the environment.

    Returns:
        What they printed.
    """
    for shown, used in (replaced or {}).items():
        assert shown in text, shown
        text = text.replace(shown, used)
    text = re.sub(r"^(\s*(?:\./run|callboard))(?= )", f"{sys.executable} -m client", text, flags=re.MULTILINE)
    return run_shell(text, folder, {"CALLBOARD_DATA_DIR": str(folder / "data"), **(more or {})})
