"""Landlock by its system calls: what a program may open, connect to and signal, whatever its user may.

The rules come ready as numbers and paths (`actors.processes.sandbox.landlock` makes them).
"""

from __future__ import annotations

import ctypes
import os

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The same numbers on every architecture."""

VERSION = 1
PATH_BENEATH, NET_PORT = 1, 2
BIND, CONNECT = 1, 2


class Ruleset(ctypes.Structure):
    """What is refused unless a rule allows it; older kernels know only the first fields."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class Beneath(ctypes.Structure):
    """A rule: rights beneath an open directory, or on an open file."""

    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


class Port(ctypes.Structure):
    """A rule: rights on a TCP port."""

    _fields_ = (("rights", ctypes.c_uint64), ("port", ctypes.c_uint64))


def call(number: int, *arguments: object) -> int:
    """Make a system call; raise OSError when it fails."""
    libc = ctypes.CDLL(None, use_errno=True)
    result = int(libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def version() -> int:
    """Return the kernel's version of Landlock; 0 where it has none, or it is switched off."""
    try:
        return call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION))
    except OSError:
        return 0


def apply(fields: dict[str, list[str]]) -> None:
    """Restrict this process, and all that it starts, for good; see `enter` for the fields."""
    if "ruleset" not in fields:
        return
    abi, files, network, scopes = map(int, fields["ruleset"][0].split(":"))
    known = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = Ruleset(files, network, scopes)
    descriptor = call(CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(known), ctypes.c_uint32(0))
    for value in fields.get("beneath", []):
        rights, _, path = value.partition(":")
        add_path(descriptor, int(rights), path)
    for value in fields.get("port", []) if network else []:
        rights, _, number = value.partition(":")
        rule = Port(int(rights), int(number))
        call(ADD_RULE, ctypes.c_int(descriptor), ctypes.c_int(NET_PORT), ctypes.byref(rule), ctypes.c_uint32(0))
    call(RESTRICT_SELF, ctypes.c_int(descriptor), ctypes.c_uint32(0))
    os.close(descriptor)


def add_path(ruleset: int, rights: int, path: str) -> None:
    """Allow something beneath a path; one that is not there needs no rule."""
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    rule = Beneath(rights, target)
    call(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    os.close(target)
