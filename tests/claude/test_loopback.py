"""The network of the stand-in: it can be reached from inside, and nothing else can."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import needs
from tests.claude.loopback import Loopback, messages_api
from tests.house.project import ROOT
from tests.standins.messages_api.alone import NotAlone, check_alone, enter_network

pytestmark = pytest.mark.real

LOOK = """
import json, socket, sys
def knock(family, *address):
    with socket.socket(family, socket.SOCK_STREAM) as trying:
        trying.settimeout(5)
        return trying.connect_ex(address)
print(json.dumps({
    "interfaces": [name for _, name in socket.if_nameindex()],
    "stand-in": knock(socket.AF_INET, "127.0.0.1", int(sys.argv[1])),
    "public": [knock(socket.AF_INET, "192.0.2.1", 443), knock(socket.AF_INET6, "2001:db8::1", 443)],
    "ids": [__import__("os").getuid(), __import__("os").getgid()],
}))
"""


def look(api: Loopback, command: list[str]) -> dict[str, object]:
    """Look around with a Python."""
    port = urlsplit(api.url).port
    done = subprocess.run([*command, "-c", LOOK, str(port)], capture_output=True, check=True, timeout=30)
    return dict(json.loads(done.stdout))


def test_nothing_but_loopback(tmp_path: Path) -> None:
    """Inside is the stand-in, and no way out; the user is the same as outside."""
    with messages_api(tmp_path) as api:
        inside = look(api, [str(api.python(Path(sys.executable)))])
        outside = look(api, [sys.executable])
    assert inside == {
        "interfaces": ["lo"],
        "stand-in": 0,
        "public": [errno.ENETUNREACH] * 2,
        "ids": [os.getuid(), os.getgid()],
    }
    assert outside["stand-in"] == errno.ECONNREFUSED


def test_refuses_a_network_with_more(tmp_path: Path) -> None:
    """A pid that became another process's leads to no network that has more than loopback."""
    try:
        check_alone()
    except NotAlone:
        with pytest.raises(NotAlone, match="other interfaces"):
            enter_network(os.getpid())
    gone = Loopback("", 2**22 + 1, tmp_path)
    done = subprocess.run([str(gone.python(Path(sys.executable))), "-c", "print(1)"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"cannot be found" in done.stderr


def test_ends_with_its_stdin(tmp_path: Path) -> None:
    """It leaves with whoever started it."""
    with messages_api(tmp_path) as api:
        assert Path(f"/proc/{api.pid}").exists()
    assert not Path(f"/proc/{api.pid}").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_without_root(tmp_path: Path) -> None:
    """Somebody who is not root gets the same by a user namespace."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", AS_NOBODY, str(ROOT)], capture_output=True, check=False, timeout=30, text=True
    )
    if "was refused" in done.stderr:
        needs.missing("this machine gives user namespaces to root alone")
    assert (done.stdout.split(), done.stderr) == (["lo", "65534", "65534"], "")


AS_NOBODY = """
import ctypes, os, socket, sys
sys.path.insert(0, sys.argv[1])
from tests.house.project import ROOT
from tests.standins.messages_api.alone import enter_network, leave_network
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
PR_SET_DUMPABLE = 4
ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)
arrived, arrive = os.pipe()
ended, end = os.pipe()
child = os.fork()
if child == 0:
    os.close(end)
    leave_network()
    os.write(arrive, b"x")
    os.read(ended, 1)
    os._exit(0)
os.close(arrive)
os.read(arrived, 1)
enter_network(child)
print(*[name for _, name in socket.if_nameindex()], os.getuid(), os.getgid())
"""
