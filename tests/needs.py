"""What some tests need of the machine: where it is missing they are skipped, except in CI, where it must be there."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip this test, or fail it in CI.

    Args:
        what: Is missing, and what to do about it.
    """
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def program(*names: str) -> str:
    """Find the first of these programs that there is."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing(f"none of these programs is installed: {', '.join(names)}")
    return found


def node() -> str:
    """Find Node, which is what runs the apps."""
    return program("node")


def npm() -> str:
    """Find npm, and Node for it."""
    program("node")
    return program("npm")


def nginx() -> str:
    """Find nginx, which Debian keeps where only root's PATH leads."""
    return shutil.which("nginx", path="/usr/sbin") or program("nginx")


def openssl() -> str:
    """Find OpenSSL's command, which makes certificates."""
    return program("openssl")
