"""A small disk of its own, in memory: how much room is left on it is set to the page."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests import needs

PAGE = os.sysconf("SC_PAGE_SIZE")
"""What such a disk gives out, in bytes."""

_CHUNK = 256 * PAGE


@dataclass(frozen=True)
class SmallDisk:
    """The disk.

    Attributes:
        root: Where it is.
    """

    root: Path

    @property
    def data(self) -> Path:
        """A data directory on it."""
        return self.root / "data"

    @property
    def _ballast(self) -> Path:
        return self.root / "ballast"

    @property
    def free(self) -> int:
        """Pages that are left."""
        return shutil.disk_usage(self.root).free // PAGE

    def leave(self, pages: int) -> None:
        """Fill it, but for so many pages."""
        with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                missing = (self.free - pages) * PAGE
                if missing <= 0:
                    os.ftruncate(file.fileno(), max(0, file.tell() + missing))
                    if self.free >= pages:
                        return
                file.write(bytes(max(PAGE, min(missing, _CHUNK))))

    def clear(self) -> None:
        """Give all the room back."""
        self._ballast.unlink(missing_ok=True)

    def remount(self, option: str) -> None:
        """Change how it is mounted: `ro`, `rw`, or such as `nr_inodes=100`."""
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.root)], check=True, capture_output=True)


@contextmanager
def open_small_disk(folder: Path, megabytes: int = 32) -> Iterator[SmallDisk]:
    """Mount one; where that is not allowed the test is skipped, and in CI it fails."""
    root = folder / "disk"
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(root)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        needs.missing(f"a file system cannot be mounted here, which takes root: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(root)
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True, capture_output=True)
