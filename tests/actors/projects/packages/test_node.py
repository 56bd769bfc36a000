"""Where Node is, and whether it can be used."""

from pathlib import Path

import pytest

from actors.projects.packages.node import NPM, candidates, find_node, read_version
from actors.projects.packages.running import ProgramFailed
from tests.actors.projects.packages.support import Programs


def make_node(prefix: Path, *, npm: bool = True) -> Path:
    """Make what looks like an installed Node; return its program."""
    program = prefix / "bin" / "node"
    for path in (program, *([prefix / NPM] if npm else [])):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        path.chmod(0o755)
    return program


async def test_the_extras_node_comes_first(tmp_path: Path) -> None:
    """It is the one that was tested; the wheel's directory has to be shown in a sandbox."""
    wheel, other = tmp_path / "wheel", tmp_path / "other"
    program = make_node(wheel)
    make_node(other)
    found = list(candidates(wheel, str(other / "bin")))
    assert [each.source for each in found] == ["the extra projects", "PATH"]
    finding = await find_node(Programs({str(program): "v22.1.0\n"}), found, tmp_path)
    assert finding.availability.available
    assert finding.node is not None
    assert finding.node.version == (22, 1, 0)
    assert finding.node.places == (wheel,)
    assert finding.node.npm_command == (str(program), str(wheel / NPM))


async def test_a_node_that_cannot_be_used_is_passed_over(tmp_path: Path) -> None:
    """Too old or broken: the next one is asked."""
    old, good = make_node(tmp_path / "old"), make_node(tmp_path / "good")
    found = list(candidates(tmp_path / "old", str(good.parent)))
    finding = await find_node(Programs({str(old): "v18.11.9", str(good): "v18.12.0"}), found, tmp_path)
    assert finding.node is not None
    assert finding.node.program == good
    finding = await find_node(Programs({str(old): ProgramFailed("broke"), str(good): "v20.0.0"}), found, tmp_path)
    assert finding.node is not None
    assert finding.node.program == good


@pytest.mark.parametrize(
    ("says", "npm", "reason"),
    [("v16.20.0", True, "too old"), ("", True, "too old"), ("hello", True, "too old"), ("v20.0.0", False, "no npm")],
)
async def test_without_one_the_reason_and_the_way_out_are_said(
    says: str, npm: bool, reason: str, tmp_path: Path
) -> None:
    """For each that was found."""
    program = make_node(tmp_path / "node", npm=npm)
    finding = await find_node(Programs({str(program): says}), list(candidates(None, str(program.parent))), tmp_path)
    assert finding.node is None
    assert reason in finding.availability.reason
    assert "extra projects" in finding.availability.hint


async def test_no_node_at_all(tmp_path: Path) -> None:
    """Is said plainly."""
    finding = await find_node(Programs({}), list(candidates(tmp_path, str(tmp_path))), tmp_path)
    assert finding.node is None
    assert finding.availability.reason == "there is no Node on this machine"


def test_only_an_installation_is_shown_whole(tmp_path: Path) -> None:
    """A program in `~/bin` must not lead to the home being shown."""
    home = tmp_path / "home"
    program = make_node(home, npm=False)
    assert [each.places for each in candidates(None, str(program.parent))] == [(program,)]
    real = make_node(tmp_path / "v20")
    (home / "bin" / "node").unlink()
    (home / "bin" / "node").symlink_to(real)
    assert [each.places for each in candidates(None, str(home / "bin"))] == [(tmp_path / "v20",)]


def test_an_npm_beside_node_is_followed_to_its_program(tmp_path: Path) -> None:
    """As distributions lay it out."""
    program = make_node(tmp_path / "node", npm=False)
    npm = tmp_path / "share" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.write_text("")
    npm.chmod(0o755)
    (program.parent / "npm").symlink_to(npm)
    [found] = candidates(None, str(program.parent))
    assert found.npm == npm
    assert found.places == (program, tmp_path / "share" / "npm")


def test_versions() -> None:
    """What `node --version` prints."""
    assert read_version("v20.20.2\n") == (20, 20, 2)
    assert read_version("v23.0.0-nightly2026") == (23, 0, 0)
    assert read_version("20.1.1") is None
