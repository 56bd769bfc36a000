"""`callboard doctor`: the sandbox, what runs and installs apps, the parts that cannot be used, and the apps' ports."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.levels import Finding, Missing
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import open_tree
from actors.projects.home.home import TOOLS, Home
from actors.projects.home.settings import HomeSettings
from actors.projects.home.tools import Find
from actors.projects.packages import pnpm
from actors.runtime.availability import Availability
from app.settings import Settings
from client.local.doctor import parts
from client.local.doctor.ports import look_at_preview_ports
from tests.actors.processes.conftest import data_id
from tests.actors.projects.home.standins import make_node

__all__ = ["data_id"]

NO_BWRAP = Missing("bubblewrap", "it is not installed", "apt-get install bubblewrap")
NO_GROUPS = Missing("control groups", "none may be made", "Start it as a service")


class Part:
    """An engine that can be used, or cannot."""

    def __init__(self, problem: str = "") -> None:
        self._problem = problem

    def availability(self) -> Availability:
        """What it was made to say."""
        return Availability(not self._problem, self._problem, self._problem and "Install it.")


def test_the_sandbox_is_as_good_as_it_gets() -> None:
    """Nothing is to be done."""
    found = parts._sandbox(Settings(), Finding(Level.L3, (), ()))
    assert (found.state, found.found, found.hint) == ("ok", "level L3", "")


def test_a_sandbox_that_could_be_better() -> None:
    """What is missing is said, and what to do about each; it works, so that this is a note."""
    found = parts._sandbox(Settings(), Finding(Level.L2, (), (NO_GROUPS, NO_BWRAP, NO_BWRAP)))
    assert found.state == "note"
    assert found.found.startswith("level L2; not better because of control groups: none may be made; bubblewrap: ")
    assert found.hint == "Start it as a service. apt-get install bubblewrap."


def test_a_sandbox_below_what_is_needed() -> None:
    """Is a problem, and which level would do is said; where less is needed, it is none."""
    weak = Finding(Level.L1, (), (NO_BWRAP,))
    found = parts._sandbox(Settings(sandbox_needed="L2"), weak)
    assert (found.state, found.hint) == ("problem", "apt-get install bubblewrap.")
    assert found.found.endswith("; L2 is needed for commands of a model")
    assert parts._sandbox(Settings(sandbox_needed="L1"), weak).state == "note"


@contextmanager
def taken(count: int) -> Iterator[range]:
    """Three ports, one after the other, of which so many are taken."""
    for first in range(20_000, 32_000, 3):
        with ExitStack() as stack:
            if _takes(stack, range(first, first + 3), count):
                yield range(first, first + 3)
                return
    raise AssertionError("there are no three ports")


def _takes(stack: ExitStack, ports: range, count: int) -> bool:
    """Whether nobody else has any of these ports; the first `count` are taken until the stack's end."""
    socks = [stack.enter_context(closing(socket.socket())) for _ in ports]
    with suppress(OSError):
        for port, sock in zip(ports, socks):
            sock.bind(("127.0.0.1", port))
        for sock in socks[count:]:
            sock.close()
        return True
    return False


async def looked(home: Home, packages: Path) -> dict[str, tuple[str, str, str]]:
    """What is said of Node and of what installs, by what was looked at."""
    async with trio.open_nursery() as nursery:
        await nursery.start(home.run)
        found = await parts._node(home, packages)
        nursery.cancel_scope.cancel()
    return {one.check: (one.state, one.found, one.hint) for one in found}


def home_of(directory: Path, data_id: str, find: Find) -> Home:
    """What all projects share, with such Nodes; it tries no sandbox, and does not go on to fetch anything."""
    settings = HomeSettings(highest=Level.L0, look_after=1000.0)
    return Home(partial(open_tree, data_id=data_id), Watchdog(), directory, settings, find=find)


async def test_a_machine_without_node(tmp_path: Path, data_id: str) -> None:
    """Works, but for projects: what they need is said, and nothing of what Node would run."""
    found = await looked(home_of(tmp_path / "home", data_id, list), tmp_path)
    assert set(found) == {"node"}
    state, said, hint = found["node"]
    assert (state, bool(hint)) == ("note", True)
    assert "projects need Node " in said


@pytest.mark.real
async def test_what_installs_packages_is_named(tmp_path: Path, data_id: str) -> None:
    """Before it is fetched, where that did not work, and where it is there; nothing is fetched to find out."""
    find = make_node(tmp_path / "node")
    home = home_of(tmp_path / "home", data_id, find)
    found = await looked(home, tmp_path / "packages")
    assert (found["node"][0], found["node"][1].split()[0]) == ("ok", "20.1.2")
    assert (found["pnpm"][0], "not fetched yet" in found["pnpm"][1]) == ("ok", True)
    assert not (tmp_path / "packages").exists()
    tools = tmp_path / "packages" / TOOLS
    tools.mkdir(parents=True)
    assert parts._pnpm(tools.parent).state == "note"
    assert parts._pnpm(tools.parent).hint == pnpm.HINT
    there = pnpm.Pnpm(tools / f"pnpm-{pnpm.VERSION}")
    there.program.parent.mkdir(parents=True)
    there.program.touch()
    there.bin.mkdir()
    (there.bin / "pnpm").touch(mode=0o755)
    (there.directory / pnpm.PACKAGE / "package.json").write_text(json.dumps({"version": pnpm.VERSION}), "ascii")
    assert parts._pnpm(tools.parent).state == "ok"
    assert pnpm.VERSION in parts._pnpm(tools.parent).found


def test_parts_that_cannot_be_used() -> None:
    """The default one is a problem, another one is a note; with why, and what to do."""
    table = {"one": Part(), "two": Part("its package is missing")}
    found = {one.check: one for one in parts._parts("engine", table, "one")}
    assert [one.state for one in found.values()] == ["ok", "note"]
    assert "is the default" in found["engine one"].found
    assert (found["engine two"].found, found["engine two"].hint) == (
        "cannot be used: its package is missing",
        "Install it.",
    )
    found = {one.check: one for one in parts._parts("engine", table, "two")}
    assert (found["engine one"].found, found["engine two"].state) == ("can be used", "problem")
    assert "is the default, and cannot be used: its package is missing" in found["engine two"].found


async def test_the_ports_of_apps(tmp_path: Path) -> None:
    """All free, some taken, none left; those of a server that runs are its own."""
    for count, state in ((0, "ok"), (1, "note"), (3, "problem")):
        with taken(count) as ports:
            named = f"{ports[0]}-{ports[-1]}"
            settings = Settings(data_dir=tmp_path, bind=("127.0.0.1",), preview_ports=named)
            (found,) = await look_at_preview_ports(settings, "")
            assert (found.state, found.found) == (state, f"{3 - count} of 3 are free ({named})")
            assert bool(found.hint) == (state != "ok")
            (found,) = await look_at_preview_ports(settings, "4711")
            assert (found.state, "4711" in found.found) == ("ok", True)


async def test_ports_of_apps_that_nobody_asks_for_or_that_are_none(tmp_path: Path) -> None:
    """Any free ones are taken where none are named; a mistyped range is named."""
    assert await look_at_preview_ports(Settings(data_dir=tmp_path), "") == []
    assert await look_at_preview_ports(Settings(data_dir=tmp_path, preview="path", preview_ports="1-2"), "") == []
    (found,) = await look_at_preview_ports(Settings(data_dir=tmp_path, preview_ports="9-1"), "")
    assert (found.state, "no ports for previews" in found.found) == ("problem", True)
