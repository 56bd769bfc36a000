"""The rules of Landlock for a confinement (level L1): what it may read, write, bind, connect to and signal.

Refused is what is not listed. What Landlock has no rules for stays as the user's rights are: metadata of files (`stat`,
`chmod`, `utime`), unix sockets that are reached by path, and on older kernels more (`Features`).
"""

from dataclasses import dataclass
from pathlib import Path

from actors.processes.sandbox.confinement import Confinement
from actors.processes.sandbox.inside.landlock import BIND, CONNECT
from actors.processes.sandbox.tools import INSIDE, Tools

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1
MAKE_DEVICE = 1 << 6 | 1 << 11
READ = EXECUTE | READ_FILE | READ_DIR
ABSTRACT_SOCKETS, SIGNALS = 1, 2

SYSTEM_FILES = (
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/pki/ca-trust/extracted",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)
"""What programs read in /etc and everybody may know. Never all of /etc/ssl: private keys are in it too."""

PUBLIC_FILES = (
    "/etc/group",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/self",
    "/proc/stat",
    "/proc/sys/kernel/random",
    "/proc/uptime",
    "/proc/version",
)
"""What it may read besides where it sees the machine's own files. Not /proc: all other processes are there."""

DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")


@dataclass(frozen=True)
class Features:
    """What a version of Landlock has, as masks of the kernel.

    Attributes:
        files: The rights on files that it knows.
        network: Whether it has rules for TCP (version 4).
        scopes: Whether signals and abstract sockets can be kept in (version 6).
    """

    files: int
    network: bool
    scopes: bool

    @classmethod
    def of(cls, version: int) -> "Features":
        """Return what a version has."""
        added = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
        files = FIRST_RIGHTS | sum(right for since, right in added if version >= since)
        return cls(files, network=version >= 4, scopes=version >= 6)


def landlock_fields(confinement: Confinement, tools: Tools) -> list[str]:
    """Return the fields for `inside.enter` that put these rules in place."""
    features = Features.of(tools.landlock)
    network = BIND | CONNECT if features.network else 0
    scopes = ABSTRACT_SOCKETS | SIGNALS if features.scopes else 0
    beneath = [
        *((READ, path) for path in _readable(confinement, tools)),
        *((READ_FILE | WRITE_FILE | (TRUNCATE & features.files), path) for path in DEVICES),
        *((features.files & ~MAKE_DEVICE, str(path)) for path in confinement.own),
    ]
    ports = [f"port={BIND | CONNECT}:{confinement.port}"] if confinement.port and network else []
    return [
        f"ruleset={tools.landlock}:{features.files}:{network}:{scopes}",
        *(f"beneath={_for_files(rights, path)}:{path}" for rights, path in beneath if Path(path).exists()),
        *ports,
    ]


def _readable(confinement: Confinement, tools: Tools) -> list[str]:
    """Return what may be read and run: the system, the interpreter, our programs inside, and what the caller names."""
    system = ["/usr", *(path for path, _ in tools.links), *tools.folders]
    python = [str(tools.interpreter), *(str(tools.library / name) for name in ("lib", "lib64"))]
    return [*system, *SYSTEM_FILES, *PUBLIC_FILES, *python, str(INSIDE), *map(str, confinement.read_only)]


def _for_files(rights: int, path: str) -> int:
    """Return the rights without those that only directories have, when the path is none."""
    return rights if Path(path).is_dir() else rights & (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)
