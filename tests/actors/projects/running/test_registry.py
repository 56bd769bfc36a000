"""Installs with the real pnpm from the real registry, where there is one."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from actors.processes.sandbox.confinement import APP, Confinement, Level
from actors.projects.home.settings import HomeSettings
from actors.projects.packages.plan import install_plan
from actors.projects.packages.pnpm import VERSION
from actors.projects.running.command import Command
from actors.projects.running.printed import Printed
from actors.runtime.errors import CallboardError
from tests import needs
from tests.actors.processes.programs import gone_now, marked
from tests.actors.projects.running.conftest import LEVELS, Running, make_layout, start
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

PACKAGE = json.dumps(
    {
        "name": "small",
        "private": True,
        "type": "module",
        "scripts": {"build": "vite build"},
        "devDependencies": {"vite": "7.1.12"},
    }
)
SECONDS = 120.0
REGISTRY_GONE = "the package registry cannot be reached: see `npm ping`"


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home's directory that all these tests share: what one fetched, the next ones have."""
    needs.npm()
    return tmp_path_factory.mktemp("packages")


async def opened(
    nursery: trio.Nursery, directory: Path, data_id: str, packages: Path, settings: HomeSettings
) -> Running:
    """Start what runs a project of a small Vite app."""
    running = await start(nursery, directory, data_id, settings, packages=packages)
    (running.app / "package.json").write_text(PACKAGE, encoding="ascii")
    (running.app / "index.html").write_text("<title>small</title>", encoding="ascii")
    try:
        tools = await running.home.toolchain()
    except CallboardError as error:
        needs.missing(f"{error.problem}. {error.hint}")
    if tools.pnpm is None:
        needs.missing(REGISTRY_GONE)
    return running


@pytest.fixture
async def real(level: Level, tmp_path: Path, nursery: trio.Nursery, data_id: str, packages: Path) -> Running:
    """Return a project of a small Vite app, with a warm store once one of these tests ran."""
    return await opened(nursery, tmp_path, data_id, packages, HomeSettings(highest=level))


def broken(store: Path) -> list[Path]:
    """Return the files of a store whose content is not what their name says."""
    named = re.compile(r"[0-9a-f]{126}")
    files = [file for file in store.glob("pnpm/v*/files/*/*") if named.fullmatch(file.name.replace("-exec", ""))]
    return [
        file
        for file in files
        if hashlib.sha512(file.read_bytes()).hexdigest() != f"{file.parent.name}{file.name.replace('-exec', '')}"
    ]


def holds(store: Path, least: int) -> bool:
    """Whether there are so many files in a store."""
    return sum(1 for _ in store.glob("pnpm/v*/files/*/*")) >= least


@LEVELS
async def test_a_small_app(real: Running) -> None:
    """It is installed and built; again it is copied; a package is added; none of its files is the store's own."""
    outcome = await real.install(seconds=SECONDS)
    assert outcome.ok, outcome.output
    lock = (real.app / "pnpm-lock.yaml").read_text()
    assert "integrity" in lock
    assert "://" not in re.sub(r"(?m)^ *deprecated:.*$", "", lock)
    assert (await real.install()).skipped
    built = await real.run("pnpm", "run", "build", seconds=SECONDS)
    assert built.ok, built.output
    assert (real.app / "dist" / "index.html").exists()
    shutil.rmtree(real.app / "node_modules")
    outcome = await real.install(seconds=SECONDS, frozen=True)
    assert outcome.ok, outcome.output
    files = [file for file in (real.app / "node_modules").rglob("*") if file.is_file() and not file.is_symlink()]
    assert files
    assert all(file.stat().st_nlink == 1 for file in files)
    outcome = await real.install("left-pad@1.3.0", seconds=SECONDS)
    assert outcome.ok, outcome.output
    assert (real.app / "node_modules" / "left-pad").exists()
    assert (await real.run("pnpm", "--version")).output == f"{VERSION}\n"


async def test_what_is_not_there(real: Running) -> None:
    """It fails, and says which package."""
    outcome = await real.install("@callboard-nobody/has-this-name-1b7f", seconds=SECONDS)
    assert not outcome.ok
    assert "has-this-name-1b7f" in outcome.output


async def test_another_source_is_not_reached(real: Running) -> None:
    """Nor are a package's scripts or the project's hooks run."""
    evil = "require('fs').writeFileSync('proof', '')"
    (real.app / ".pnpmfile.cjs").write_text(evil)
    package = json.loads(PACKAGE)
    package["scripts"].update(dict.fromkeys(("preinstall", "install", "postinstall", "prepare"), f'node -e "{evil}"'))
    (real.app / "package.json").write_text(json.dumps(package))
    assert (await real.install(seconds=SECONDS)).ok
    package["dependencies"] = {"elsewhere": "https://example.com/package.tgz"}
    (real.app / "package.json").write_text(json.dumps(package))
    outcome = await real.install(seconds=SECONDS)
    assert not outcome.ok
    assert "[example.com:443 was not reached: the host is not on the list" in outcome.output
    assert not (real.app / "proof").exists()


@LEVELS
async def test_a_link_into_the_store_does_not_change_it(real: Running) -> None:
    """What is installed there would be what other projects get. With a store that it may write the attack wins."""
    store = real.home.store
    aim = store / "pnpm" / "v10" / "index"
    aim.mkdir(parents=True, exist_ok=True)
    with tarfile.open(real.app / "evil.tgz", "w:gz") as archive:
        for name, content in (("package.json", b'{"name": "evil", "version": "1.0.0"}'), ("poison.json", b"{}")):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    (real.app / ".npmrc").write_text("node-linker=hoisted\n")
    (real.app / "package.json").write_text('{"name": "x", "dependencies": {"ab": "file:./evil.tgz"}}')
    (real.app / "node_modules").symlink_to(aim)
    assert not (await real.install(seconds=SECONDS)).ok
    assert not list(aim.rglob("poison.json"))
    site = await real.runner._site()
    plan = install_plan(site.root, tools=site.tools, store=store, frozen=False)
    walls = Confinement(
        real.app, seen_as=APP, read_only=plan.read_only, writable=(store,), environment=plan.environment
    )
    printed = Printed(None, "", real.lines.append)
    assert (await site.run(Command(plan.argv, walls, "project-1"), SECONDS, printed)).ok
    (poison,) = aim.rglob("poison.json")
    shutil.rmtree(poison.parent)


async def test_the_registrys_own_creator(real: Running) -> None:
    """`pnpm create` has the registry, and a home of its own to keep things in."""
    create = ("pnpm", "create", "vite@7", "made", "--template", "vanilla")
    refused = await real.run(*create, seconds=SECONDS)
    assert refused.exit_code
    assert "OFFLINE" in refused.output
    outcome = await real.run(*create, seconds=SECONDS, network=True)
    assert outcome.ok, outcome.output
    assert (real.app / "made" / "package.json").exists()


async def test_a_cancel_leaves_nothing(
    level: Level, tmp_path: Path, nursery: trio.Nursery, data_id: str, packages: Path
) -> None:
    """No process, no socket, no broken file; the next install does the rest."""
    own = with_tools(tmp_path, packages)
    running = await opened(nursery, tmp_path, data_id, own, HomeSettings(highest=level))
    for least in (1, 60):
        async with trio.open_nursery() as installing:
            installing.start_soon(lambda: running.install(seconds=SECONDS))
            await until(partial(holds, running.home.store, least), SECONDS, "the install")
            installing.cancel_scope.cancel()
        gone_now(*marked(data_id), seconds=1.0)
        assert not list((own / "ways").iterdir())
        assert not broken(running.home.store)
    assert (await running.install(seconds=SECONDS)).ok
    assert (await running.run("pnpm", "run", "build", seconds=SECONDS)).ok


@LEVELS
async def test_a_server_that_is_killed_leaves_nothing(
    level: Level, tmp_path: Path, nursery: trio.Nursery, data_id: str, packages: Path
) -> None:
    """No process after three seconds, no broken file; the next server's install does the rest."""
    own = with_tools(tmp_path, packages)
    make_layout(tmp_path)
    (tmp_path / "project-1" / "generated-app" / "package.json").write_text(PACKAGE, encoding="ascii")
    for least in (1, 100):
        with serving(tmp_path, data_id, level) as server:
            await until(partial(holds, own / "store", least), SECONDS, "the install")
            assert server.poll() is None
        gone_now(*marked(data_id), seconds=3.0)
        assert not broken(own / "store")
    shutil.move(tmp_path / "project-1", tmp_path / "killed")
    shutil.rmtree(tmp_path / "data" / "project-1")
    running = await opened(nursery, tmp_path, data_id, own, HomeSettings(highest=level))
    shutil.rmtree(running.app)
    shutil.move(tmp_path / "killed" / "generated-app", running.app)
    assert not list((own / "ways").iterdir())
    assert (await running.install(seconds=SECONDS)).ok
    (running.app / "index.html").write_text("<title>small</title>", encoding="ascii")
    assert (await running.run("pnpm", "run", "build", seconds=SECONDS)).ok


def with_tools(directory: Path, packages: Path) -> Path:
    """Return a home's directory with pnpm, if there is one yet, and an empty store."""
    own = directory / "data" / "packages"
    own.mkdir(parents=True)
    if (packages / "tools").exists():
        shutil.copytree(packages / "tools", own / "tools", symlinks=True)
    return own


@contextmanager
def serving(directory: Path, data_id: str, level: Level) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a server that installs, and kill it."""
    argv = [sys.executable, "-m", "tests.actors.projects.running.server", str(directory), data_id, level.name]
    with subprocess.Popen(argv, cwd=Path(__file__).parents[4]) as server:
        try:
            yield server
        finally:
            server.kill()
