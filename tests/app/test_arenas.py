"""The heaps of the C library."""

import os
import subprocess
import sys

import pytest

# Each thread allocates at the same time as all others, and malloc_info(3) counts the heaps afterwards.
PROGRAM = """
import ctypes, os, threading
from app.arenas import limit_arenas
print(limit_arenas())
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
together = threading.Barrier(12)
def work():
    together.wait()
    held = [libc.malloc(1000) for _ in range(200)]
    together.wait()
    for one in held:
        libc.free(one)
threads = [threading.Thread(target=work) for _ in range(12)]
for one in threads:
    one.start()
for one in threads:
    one.join()
libc.fopen.restype = ctypes.c_void_p
libc.fclose.argtypes = [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
out = libc.fopen(b"/dev/stdout", b"w")
libc.malloc_info(0, out)
libc.fclose(out)
"""


def _heaps(**environment: str) -> tuple[bool, int]:
    clean = {name: value for name, value in os.environ.items() if name not in ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")}
    done = subprocess.run(
        [sys.executable, "-u", "-c", PROGRAM], env={**clean, **environment}, capture_output=True, check=True, timeout=60
    )
    return done.stdout.startswith(b"True"), done.stdout.count(b"<heap nr=")


@pytest.mark.real
def test_there_are_two() -> None:
    """However many threads there are; without it there are more."""
    assert _heaps() == (True, 2)
    limited, heaps = _heaps(MALLOC_ARENA_MAX="5")
    assert not limited
    assert 2 < heaps <= 5
