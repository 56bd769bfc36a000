"""Directories as mappings, for tests."""

from collections.abc import Mapping
from pathlib import Path


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write text files below a directory; a text of `-> x` makes a link."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text[3:])
        else:
            path.write_bytes(text.encode())
    return root


def read_tree(root: Path, *, without: str = ".callboard") -> dict[str, str]:
    """Read what `write_tree` wrote, of empty directories their names with a slash."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] == without:
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_bytes().decode()
        elif path.is_dir() and not any(path.iterdir()):
            found[f"{name}/"] = ""
    return found
