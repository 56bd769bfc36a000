"""How the package manager is called: pure.

What it is to be safe from is the project: its `package.json`, `.npmrc`, `.pnpmfile.cjs` and `pnpm-workspace.yaml` are
written by whoever wants to. So what matters is said on the command line or in the environment, which win over files;
the user's own configuration is not read (nor is it there); and nothing that the project or a package brings is run:
scripts, hooks, or another version of the package manager.

Packages are copied out of the store, never linked: through a hard link one project could change another's files. In a
project's own directory the store can only be read: a link in the place of `node_modules` would have the package manager
write wherever it leads. What the store lacks is fetched in a directory of ours that has two of the project's files and
nothing else. When the packages' scripts are wanted, they run in a last step that has neither the store nor a network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from actors.processes.sandbox.confinement import EGRESS_PORT
from actors.projects.packages.environment import EXTRA_CA, RETRIES
from actors.projects.packages.node import Node
from actors.projects.packages.pnpm import Pnpm
from actors.projects.packages.registry import Registries
from actors.runtime.errors import InvalidInput

NO_FILE = "/dev/null"
NO_OTHER_FILE = "/nonexistent/npmrc"
"""npm refuses to read one file as the user's configuration and as the machine's."""

PROXY = f"http://127.0.0.1:{EGRESS_PORT}"
CONNECTIONS = 16

REGISTRATIONS = Path("pnpm", "v10", "projects")
"""In the store: pnpm puts a link to each project there, and fails when it cannot. Nothing is installed from it."""

BIN = Path("node_modules", ".bin")
QUIET = {
    "NEXT_TELEMETRY_DISABLED": "1",
    "DO_NOT_TRACK": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "npm_config_update_notifier": "false",
    "npm_config_manage_package_manager_versions": "false",
}
"""Keeps programs from calling home, and pnpm from fetching the version of itself that a project names."""

PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Toolchain:
    """What installs.

    Attributes:
        node: Node, with npm.
        pnpm: pnpm; without it npm installs.
        registries: What npm's own configuration says.
    """

    node: Node
    pnpm: Optional[Pnpm]
    registries: Registries

    @property
    def places(self) -> tuple[Path, ...]:
        """What a sandbox has to show, besides the system, for all that a project runs."""
        return self.node.places if self.pnpm is None else (*self.node.places, self.pnpm.directory)

    @property
    def path(self) -> str:
        """The PATH in which `node` and `pnpm` are these."""
        own = [self.node.program.parent] if self.pnpm is None else [self.pnpm.bin, self.node.program.parent]
        return ":".join([*map(str, own), PATH])

    @property
    def shown(self) -> tuple[Path, ...]:
        """What a sandbox has to show for what uses the registry: the files of certificates besides."""
        named = (self.registries.cafile, self.registries.extra_ca)
        return (*self.places, *(Path(name) for name in named if name.startswith("/")))


@dataclass(frozen=True)
class Plan:
    """One command of an install, for a confinement.

    Attributes:
        argv: The program, by its whole path, and its arguments.
        environment: What its environment needs besides the sandbox's own.
        cwd: The project's root.
        network: Whether it needs the egress proxy.
        read_only: What it has to read besides the system.
        writable: What it has to write besides the project: the store, when it fetches.
        then: What has to run after it, when it ended well.
    """

    argv: tuple[str, ...]
    environment: dict[str, str]
    cwd: Path
    network: bool
    read_only: tuple[Path, ...]
    writable: tuple[Path, ...] = ()
    then: Optional["Plan"] = None


def install_plan(
    project: Path,
    *,
    tools: Toolchain,
    store: Path,
    frozen: bool,
    packages: Sequence[str] = (),
    dev: bool = False,
    scripts: bool = False,
    offline: bool = False,
) -> Plan:
    """Return how to install what a project names, or to add packages to it.

    Args:
        project: The directory, as it is seen inside. Unless `offline`, it must be one that the project never wrote to.
        tools: What installs.
        store: The directory of the packages that were fetched before; outside of all projects.
        frozen: Whether to install exactly what the lock file says, and fail when it does not fit.
        packages: Packages to add, each a name or name@version; none installs what `package.json` names.
        dev: Whether they are for development only.
        scripts: Whether the packages' own install scripts are run, in a step of their own.
        offline: Whether to do with what the store has, which is then only read.

    Raises:
        InvalidInput: Packages are to be added to a frozen lock file, or look like options.
    """
    if packages and frozen:
        raise InvalidInput("packages cannot be added to a frozen lock file", hint="Leave out one of the two.")
    if any(name.startswith("-") for name in packages):
        raise InvalidInput("a package's name cannot begin with a dash", hint="Name packages, not options.")
    command = (_npm if tools.pnpm is None else _pnpm)(tools, store, frozen=frozen, add=bool(packages))
    added = (*(["--save-dev"] if dev and packages else []), *packages)
    return Plan(
        argv=(*command, "--offline" if offline else "--prefer-offline", *_scopes(tools), *added),
        environment=_environment(tools, network=not offline),
        cwd=project,
        network=not offline,
        read_only=(*tools.shown, store) if offline else tools.shown,
        writable=() if offline else (store,),
        then=_scripts_plan(project, tools) if scripts else None,
    )


def command_environment(tools: Toolchain, root: Path, *, network: bool) -> dict[str, str]:
    """Return what the environment of a project's own command or dev server needs.

    Args:
        tools: Node and the package manager.
        root: The project's root, as it is seen inside.
        network: Whether the command may reach the registry.
    """
    # Without a network pnpm would try for a minute to reach its registry.
    registry = _environment(tools, network=True) if network else {"npm_config_offline": "true"}
    return {**registry, **QUIET, "PATH": f"{root / BIN}:{tools.path}"}


def _scripts_plan(project: Path, tools: Toolchain) -> Plan:
    """Return how to run the install scripts of what is installed."""
    if tools.pnpm is None:
        argv: tuple[str, ...] = (*tools.node.npm_command, "rebuild", "--no-update-notifier")
    else:
        # pnpm asks which packages may; the sandbox is the answer.
        options = ("--ignore-workspace", "--config.dangerously-allow-all-builds=true")
        argv = (str(tools.node.program), str(tools.pnpm.program), "rebuild", *options)
    return Plan(argv, _environment(tools, network=False), project, network=False, read_only=tools.shown)


def _pnpm(tools: Toolchain, store: Path, *, frozen: bool, add: bool) -> tuple[str, ...]:
    """Return the command with pnpm."""
    program = "" if tools.pnpm is None else str(tools.pnpm.program)
    lock = () if add else ("--frozen-lockfile" if frozen else "--no-frozen-lockfile",)
    return (
        str(tools.node.program),
        program,
        "add" if add else "install",
        *lock,
        "--ignore-scripts",
        "--ignore-pnpmfile",
        "--ignore-workspace",
        "--package-import-method=copy",
        f"--store-dir={store / 'pnpm'}",
        f"--config.cache-dir={store / 'pnpm-cache'}",
        "--config.verify-store-integrity=true",
        "--config.side-effects-cache=false",
        f"--network-concurrency={CONNECTIONS}",
        *RETRIES,
        "--reporter=append-only",
    )


def _npm(tools: Toolchain, store: Path, *, frozen: bool, add: bool) -> tuple[str, ...]:
    """Return the command with npm, which always copies."""
    del add
    return (
        *tools.node.npm_command,
        "ci" if frozen else "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--no-progress",
        "--workspaces=false",
        f"--cache={store / 'npm'}",
        "--logs-max=0",
        f"--maxsockets={CONNECTIONS}",
        *RETRIES,
    )


def _scopes(tools: Toolchain) -> tuple[str, ...]:
    """Return the options that say which scopes have a registry of their own."""
    return tuple(f"--{scope}:registry={address}" for scope, address in tools.registries.scopes)


def _environment(tools: Toolchain, *, network: bool) -> dict[str, str]:
    """Return what the environment needs; below L2 the sandbox puts its own port in the place of the proxy's."""
    proxies = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy") if network else ()
    found = {
        "PATH": tools.path,
        "CI": "true",
        "npm_config_userconfig": NO_FILE,
        "npm_config_globalconfig": NO_OTHER_FILE,
        "npm_config_registry": tools.registries.registry,
        "npm_config_cafile": tools.registries.cafile,
        EXTRA_CA: tools.registries.extra_ca,
        **dict.fromkeys(proxies, PROXY),
    }
    if tools.pnpm is not None:
        found["npm_config_manage_package_manager_versions"] = "false"
    return {name: value for name, value in found.items() if value}
