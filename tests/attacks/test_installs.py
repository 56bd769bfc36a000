"""What a project writes to have code run, or something else reached, when its packages are installed."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from actors.projects.packages.plan import Toolchain
from tests.actors.projects.running.conftest import LEVELS, Running, data_id, level
from tests.actors.projects.running.test_registry import packages, real
from tests.attacks.hostile import LOCK

__all__ = ["data_id", "level", "packages", "real"]

pytestmark = [pytest.mark.real, pytest.mark.slow]

SECONDS = 60.0
EVIL = "require('fs').writeFileSync((process.env.INIT_CWD || process.cwd()) + '/proof', '');"
HOOK = f"{EVIL} module.exports = {{ hooks: {{ readPackage: (found) => found }} }};"
RUNS = f'node -e "{EVIL}"'
BROUGHT = {"pnpm-lock.yaml": LOCK, "evil/package.json": '{"name": "evil", "version": "1.0.0"}'}


def package(**more: object) -> dict[str, str]:
    """Return a project that brings a package with it."""
    mine = {"name": "mine", "private": True, "dependencies": {"evil": "file:evil"}, **more}
    return {**BROUGHT, "package.json": json.dumps(mine)}


def scripts(*names: str) -> dict[str, str]:
    """Return scripts that a package manager runs by itself."""
    return dict.fromkeys(names, RUNS)


def proof(app: Path) -> bool:
    """Whether code of the project ran."""
    return (app / "proof").exists()


def beside(app: Path) -> bool:
    """Whether something was written beside the project."""
    return (app.parent / "beside").exists()


@dataclass(frozen=True)
class Trick:
    """One way to have an install do more than it should.

    Attributes:
        title: What it is.
        files: What the project has.
        won: Whether it worked, by what there is afterwards.
    """

    title: str
    files: Mapping[str, str]
    won: Callable[[Path], bool] = proof


TRICKS = (
    Trick("its own scripts", package(scripts=scripts("preinstall", "install", "postinstall", "prepare"))),
    Trick(
        "a package's script",
        {
            **package(pnpm={"onlyBuiltDependencies": ["evil@file:evil"]}),
            "evil/package.json": json.dumps({"name": "evil", "version": "1.0.0", "scripts": scripts("postinstall")}),
        },
    ),
    Trick(
        "a package's script, allowed by the workspace",
        {
            **package(),
            "pnpm-workspace.yaml": "dangerouslyAllowAllBuilds: true\nignoreScripts: false\n",
            "evil/package.json": json.dumps({"name": "evil", "version": "1.0.0", "scripts": scripts("postinstall")}),
        },
    ),
    Trick(
        "scripts switched on by .npmrc",
        {**package(scripts=scripts("postinstall")), ".npmrc": "ignore-scripts=false\nenable-pre-post-scripts=true\n"},
    ),
    Trick("hooks", {**package(), ".pnpmfile.cjs": HOOK}),
    Trick("hooks by another name", {**package(), ".npmrc": "pnpmfile=hooks.cjs\n", "hooks.cjs": HOOK}),
    Trick("hooks for all projects", {**package(), ".npmrc": "global-pnpmfile=hooks.cjs\n", "hooks.cjs": HOOK}),
    Trick(
        "hooks named by the workspace",
        {**package(), "pnpm-workspace.yaml": "pnpmfile: hooks.cjs\n", "hooks.cjs": HOOK},
    ),
    Trick("packages put elsewhere", {**package(), ".npmrc": "virtual-store-dir=../beside\n"}, beside),
    Trick(
        "packages put elsewhere by the workspace",
        {**package(), "pnpm-workspace.yaml": "virtualStoreDir: ../beside\n"},
        beside,
    ),
)


def write(app: Path, files: Mapping[str, str]) -> None:
    """Write a project."""
    for path, text in files.items():
        (app / path).parent.mkdir(parents=True, exist_ok=True)
        (app / path).write_text(text, encoding="utf-8")


def bare(app: Path, tools: Toolchain) -> None:
    """Install as anybody would."""
    assert tools.pnpm is not None
    environment = {"PATH": os.environ["PATH"], "HOME": str(app.parent), "CI": "true"}
    subprocess.run(
        [str(tools.node.program), str(tools.pnpm.program), "install", "--no-frozen-lockfile", "--fetch-retries=0"],
        cwd=app,
        env=environment,
        check=False,
        timeout=SECONDS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@LEVELS
async def test_nothing_of_a_project_runs_when_it_is_installed(real: Running, tmp_path: Path) -> None:
    """None of it has an effect; each of it has one without what we say on the command line and in the environment."""
    tools = await real.home.toolchain()
    write(real.app, {"package.json": "{}"})
    assert (await real.install(seconds=SECONDS)).ok  # so that the store is not a new one
    for number, trick in enumerate(TRICKS):
        app = tmp_path / f"bare-{number}" / "app"
        write(app, trick.files)
        await trio.to_thread.run_sync(bare, app, tools)
        assert trick.won(app), f"{trick.title} proves nothing"
        shutil.rmtree(real.app)
        write(real.app, trick.files)
        outcome = await real.install(seconds=SECONDS)
        assert not trick.won(real.app), trick.title
        # The walls do not let it write there, so that it fails.
        assert outcome.ok or trick.won is beside, (trick.title, outcome.output)


@LEVELS
async def test_another_registry(real: Running, tmp_path: Path) -> None:
    """Whatever a project names as its registry, nobody there hears of it; not even by a request that is refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        files = {
            "package.json": '{"name": "mine", "private": true, "dependencies": {"is-number": "7.0.0"}}',
            ".npmrc": f"registry={address}\nhttps-proxy={address}\nproxy={address}\nnoproxy=127.0.0.1\n",
            "pnpm-workspace.yaml": f"registry: {address}\n",
        }
        write(real.app, files)
        outcome = await real.install(seconds=SECONDS)
        assert outcome.ok, outcome.output
        with pytest.raises(BlockingIOError):
            listener.accept()
        write(tmp_path / "bare" / "app", files)
        tools = await real.home.toolchain()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, _until_heard, listener)
            await trio.to_thread.run_sync(bare, tmp_path / "bare" / "app", tools)


def _until_heard(listener: socket.socket) -> None:
    """Wait for somebody, and leave at once."""
    listener.settimeout(SECONDS)
    listener.accept()[0].close()
    listener.close()
