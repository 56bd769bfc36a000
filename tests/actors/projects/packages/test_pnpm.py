"""The pinned pnpm."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from actors.projects.packages.pnpm import INTEGRITY, PACKAGE, PROGRAM, VERSION, find_pnpm, lock_files, provide_pnpm
from actors.projects.packages.running import ProgramFailed
from tests.actors.projects.packages.support import NODE, Programs


class Npm:
    """An npm that installs a pnpm of some version."""

    def __init__(self, version: str = VERSION) -> None:
        self.version = version
        self.ran: list[tuple[str, ...]] = []

    async def __call__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> str:
        """Install what the lock file names."""
        self.ran.append(tuple(argv))
        locked = json.loads((cwd / "package-lock.json").read_text())
        package = locked["packages"]["node_modules/pnpm"]
        assert (package["version"], package["integrity"]) == (VERSION, INTEGRITY)
        (cwd / PROGRAM).parent.mkdir(parents=True)
        (cwd / PROGRAM).write_text("")
        (cwd / PROGRAM).chmod(0o755)
        programs = cwd / "node_modules" / ".bin"
        programs.mkdir()
        for name, program in package["bin"].items():
            (programs / name).symlink_to(Path("..") / "pnpm" / program)
        (cwd / PACKAGE / "package.json").write_text(json.dumps({"version": self.version}))
        return ""


def names(directory: Path) -> list[str]:
    """Return what is in a directory."""
    return [path.name for path in directory.iterdir()]


async def test_it_is_installed_once(tmp_path: Path) -> None:
    """By npm, from a lock file, scripts off; then it is found."""
    npm, tools = Npm(), tmp_path / "tools"
    first = await provide_pnpm(npm, NODE, tools)
    second = await provide_pnpm(npm, NODE, tools)
    assert first == second == find_pnpm(tools)
    assert len(npm.ran) == 1
    assert npm.ran[0][:4] == ("/opt/node/bin/node", "/opt/node/npm-cli.js", "ci", "--ignore-scripts")
    assert names(tools) == [f"pnpm-{VERSION}"]


async def test_a_failed_install_leaves_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    """Such as another content than the known one."""
    run = Programs({"ci": ProgramFailed("EINTEGRITY")})
    with pytest.raises(ProgramFailed, match=f"pnpm {VERSION} could not be installed: EINTEGRITY") as failed:
        await provide_pnpm(run, NODE, tmp_path)
    assert failed.value.hint
    assert names(tmp_path) == []


async def test_another_version_is_not_taken(tmp_path: Path) -> None:
    """Whatever npm says."""
    with pytest.raises(ProgramFailed, match="there is no pnpm"):
        await provide_pnpm(Npm("1.0.0"), NODE, tmp_path)
    assert find_pnpm(tmp_path) is None


async def test_a_broken_installation_is_replaced(tmp_path: Path) -> None:
    """Half of one is none."""
    place = tmp_path / f"pnpm-{VERSION}" / PACKAGE
    place.mkdir(parents=True)
    (place / "package.json").write_text("[")
    assert find_pnpm(tmp_path) is None
    assert await provide_pnpm(Npm(), NODE, tmp_path) == find_pnpm(tmp_path)


def test_the_lock_file_has_no_address() -> None:
    """The registry is whatever npm's configuration says."""
    assert "://" not in "".join(lock_files().values())
    assert set(lock_files()) == {"package.json", "package-lock.json"}
