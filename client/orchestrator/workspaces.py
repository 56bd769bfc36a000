"""Where the workspaces are, and that a name from outside stays a name."""

import re
import stat
from http import HTTPStatus
from pathlib import Path
from typing import Optional

from client.orchestrator.refusals import Refusal, wrong_field
from client.orchestrator.settings import state_home

CONTRACT_ROOT = Path("/home/ec2-user/workspaces")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


def check_id(text: str, what: str) -> str:
    """Return an id that is a name.

    Raises:
        Refusal: 422, it may be something else.
    """
    if not _NAME.fullmatch(text) or text in {".", ".."}:
        hint = "Use 1 to 128 letters, digits, dots, underscores and hyphens."
        raise wrong_field(what, "is not a name", hint)
    return text


def usual_root() -> Path:
    """Return the folder that is taken where nobody says another."""
    return CONTRACT_ROOT if CONTRACT_ROOT.is_dir() else state_home() / "callboard" / "workspaces"


def find_workspace(root: Path, workspace: str) -> Path:
    """Return the directory of a workspace.

    Args:
        root: The folder with all of them.
        workspace: The id.

    Raises:
        Refusal: 422, the id is not a name; 404, there is no such directory.
    """
    path = root / check_id(workspace, "workspaceId")
    mode = _mode(path)
    if mode is None or not stat.S_ISDIR(mode):
        problem = f"There is no directory {path}." if mode is None else f"{path} is not a directory."
        hint = "The agent makes it. If it has it elsewhere, start the orchestrator with --workspaces and that folder."
        raise Refusal(HTTPStatus.NOT_FOUND, problem, hint)
    return path


def _mode(path: Path) -> Optional[int]:
    """Return what is at a path, without following a link."""
    try:
        return path.lstat().st_mode
    except OSError:
        return None
