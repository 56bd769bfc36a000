"""Types what a page shows into a shell, as `callboard` or as `./run`, and reads what is printed."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from tests.house.project import ROOT

_PATIENCE_S = 120


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
    done = subprocess.run(
        ["sh", "-e", "-c", text],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "CALLBOARD_DATA_DIR": str(folder / "data"),
            **(more or {}),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
