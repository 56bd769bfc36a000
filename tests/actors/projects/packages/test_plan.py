"""How the package manager is called."""

from pathlib import Path
from typing import Any

import pytest

from actors.projects.packages.plan import PROXY, Plan, Toolchain, install_plan
from actors.projects.packages.pnpm import Pnpm
from actors.projects.packages.registry import Registries
from actors.runtime.errors import InvalidInput
from tests.actors.projects.packages.support import NODE

REGISTRIES = Registries(
    "https://registry.example.test/", (("@acme", "https://acme.example.test/"),), "/srv/own.pem", frozenset()
)
PNPM = Toolchain(NODE, Pnpm(Path("/srv/tools/pnpm")), REGISTRIES)
NPM = Toolchain(NODE, None, REGISTRIES)
BOTH = pytest.mark.parametrize("tools", [PNPM, NPM], ids=["pnpm", "npm"])


def plan(tools: Toolchain, **changes: Any) -> Plan:
    """Return a plan for a project."""
    settings: dict[str, Any] = {"tools": tools, "store": Path("/srv/store"), "frozen": False, **changes}
    return install_plan(Path("/app"), **settings)


@BOTH
@pytest.mark.parametrize(
    "changes", [{}, {"frozen": True}, {"packages": ("zod", "@types/react@18")}, {"scripts": True}, {"offline": True}]
)
def test_whatever_is_wanted_nothing_of_the_projects_is_run_and_nothing_of_the_users_read(
    tools: Toolchain, changes: dict[str, Any]
) -> None:
    """Each way to install is equally safe."""
    made = plan(tools, **changes)
    assert made.argv[0] == "/opt/node/bin/node"
    assert "--ignore-scripts" in made.argv
    assert "--@acme:registry=https://acme.example.test/" in made.argv
    assert made.cwd == Path("/app")
    assert made.writable == (() if changes.get("offline") else (Path("/srv/store"),))
    assert (Path("/srv/store") in made.read_only) == bool(changes.get("offline"))
    assert Path("/srv/own.pem") in made.read_only
    for one in (made, *([made.then] if made.then else [])):
        assert one.environment["npm_config_userconfig"] == "/dev/null"
        assert one.environment["npm_config_globalconfig"] not in ("", "/dev/null")
        assert one.environment["npm_config_registry"] == "https://registry.example.test/"
        assert one.environment["CI"] == "true"


def test_pnpm_copies_and_runs_no_hook_and_no_other_pnpm() -> None:
    """What only pnpm has to be told."""
    made = plan(PNPM)
    assert made.argv[1:3] == ("/srv/tools/pnpm/node_modules/pnpm/bin/pnpm.cjs", "install")
    for option in (
        "--package-import-method=copy",
        "--store-dir=/srv/store/pnpm",
        "--ignore-pnpmfile",
        "--ignore-workspace",
        "--prefer-offline",
        "--no-frozen-lockfile",
    ):
        assert option in made.argv
    assert made.environment["npm_config_manage_package_manager_versions"] == "false"
    assert made.environment["PATH"].startswith("/srv/tools/pnpm/node_modules/.bin:/opt/node/bin:")
    assert made.read_only == (Path("/opt/node"), Path("/srv/tools/pnpm"), Path("/srv/own.pem"))


def test_npm_stands_in() -> None:
    """With its own words for the same."""
    assert plan(NPM).argv[1:3] == ("/opt/node/npm-cli.js", "install")
    assert plan(NPM, frozen=True).argv[1:3] == ("/opt/node/npm-cli.js", "ci")
    assert "--cache=/srv/store/npm" in plan(NPM).argv
    assert "npm_config_manage_package_manager_versions" not in plan(NPM).environment


def test_frozen_is_said_to_pnpm() -> None:
    """And its opposite, because in CI mode frozen is what it takes for granted."""
    assert "--frozen-lockfile" in plan(PNPM, frozen=True).argv
    assert "--no-frozen-lockfile" in plan(PNPM).argv


@BOTH
def test_packages_are_added(tools: Toolchain) -> None:
    """At the end of the command."""
    made = plan(tools, packages=("zod@3", "vite"), dev=True)
    assert made.argv[-3:] == ("--save-dev", "zod@3", "vite")
    assert made.argv[2] == ("add" if tools is PNPM else "install")
    assert "--save-dev" not in plan(tools, dev=True).argv


@BOTH
def test_the_way_out_is_the_egress_proxy_or_there_is_none(tools: Toolchain) -> None:
    """Offline there is nothing to say about proxies."""
    assert plan(tools).network
    assert plan(tools).environment["HTTPS_PROXY"] == PROXY
    made = plan(tools, offline=True)
    assert not made.network
    assert "--offline" in made.argv
    assert "HTTPS_PROXY" not in made.environment


@BOTH
def test_scripts_run_in_a_step_without_network_and_store(tools: Toolchain) -> None:
    """They are anybody's programs."""
    assert plan(tools).then is None
    then = plan(tools, scripts=True).then
    assert then is not None
    assert "rebuild" in then.argv
    assert not then.network
    assert then.writable == ()
    assert "HTTPS_PROXY" not in then.environment


@BOTH
def test_what_makes_no_sense_is_refused(tools: Toolchain) -> None:
    """Options in the place of packages, and packages for a frozen lock."""
    with pytest.raises(InvalidInput, match="dash"):
        plan(tools, packages=("--ignore-scripts=false",))
    with pytest.raises(InvalidInput, match="frozen"):
        plan(tools, packages=("zod",), frozen=True)
