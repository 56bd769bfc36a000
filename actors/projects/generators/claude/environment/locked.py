"""What is installed: the lock, by hash, and how much that is."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from actors.runtime.errors import StorageFailed

LOCK = Path(__file__).with_name("requirements.lock")
"""Made by `./run lock`; it names no index, so that pip takes the one that it is set up with."""

PACKAGE = "claude-agent-sdk"
MINIMUM = (3, 10)
"""The oldest Python that the lock is for."""

DOWNLOAD_MB = 175
DISK_MB = 420
ROOM_MB = 800
"""Free space that is asked for: what is installed, what was downloaded for it, and pip's copy of that in its cache."""

_VERSION = re.compile(rf"^{re.escape(PACKAGE)}==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """A lock that was read.

    Attributes:
        path: The file.
        digest: The SHA-256 of what is in it, in hex: an environment of another one is out of date.
        version: The SDK's version.
    """

    path: Path
    digest: str
    version: str


def read_lock(path: Path = LOCK) -> Lock:
    """Read a lock.

    Args:
        path: The file.

    Raises:
        StorageFailed: It cannot be read, or is no lock of the SDK.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageFailed(f"{path} cannot be read: {error.strerror}.", hint="Install Callboard again.") from None
    found = _VERSION.search(content.decode("utf-8", "replace"))
    if found is None:
        raise StorageFailed(f"{path} names no version of {PACKAGE}.", hint="Install Callboard again.")
    return Lock(path, hashlib.sha256(content).hexdigest(), found.group(1))
