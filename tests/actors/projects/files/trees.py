"""Projects as mappings: what is written into one, and what is read from it."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Union

Content = Union[str, bytes]


def write_tree(root: Path, files: Mapping[str, Content]) -> Path:
    """Write files: `-> x` makes a link, a path that ends in a slash a directory, `#!` a program."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif isinstance(content, str) and content.startswith("-> "):
            path.symlink_to(content[3:])
        else:
            data = content if isinstance(content, bytes) else content.encode()
            path.write_bytes(data)
            path.chmod(0o755 if data.startswith(b"#!") else 0o644)
    return root


def read_tree(root: Path) -> dict[str, bytes]:
    """Read what `write_tree` wrote; programs have a star at the end of their names."""
    found: dict[str, bytes] = {}
    for folder, directories, files in os.walk(root):
        above = Path(folder)
        for name in [*files, *(name for name in directories if (above / name).is_symlink())]:
            path = above / name
            shown = path.relative_to(root).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                found[shown] = b"-> " + os.fsencode(path.readlink())
            elif stat.S_ISREG(mode):
                found[shown + ("*" if mode & stat.S_IXUSR else "")] = path.read_bytes()
        if above != root and not directories and not files:
            found[f"{above.relative_to(root).as_posix()}/"] = b""
    return found


def encoded(files: Mapping[str, Content]) -> dict[str, bytes]:
    """Return a mapping for `write_tree` as `read_tree` gives it back."""
    given = {name: content if isinstance(content, bytes) else content.encode() for name, content in files.items()}
    return {name + ("*" if content.startswith(b"#!") else ""): content for name, content in given.items()}
