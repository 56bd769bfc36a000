"""How the projects are put together."""

import ipaddress
import logging
from functools import partial

from actors.datadir import DataDir
from actors.journal.journal import Journal
from actors.journal.streams import Streams
from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.limits import TreeLimits
from actors.processes.sandbox.watchdog import Watchdog
from actors.processes.tree import Spawn
from actors.projects.base import ProjectSettings
from actors.projects.devserver.settings import ServerSettings
from actors.projects.devserver.slots import Slots
from actors.projects.egress.names import Endpoint, Network, canonical_host
from actors.projects.generators.claude.keptkey import KeptKey
from actors.projects.generators.table import make_project_generators
from actors.projects.home.home import Home
from actors.projects.home.settings import HomeSettings
from actors.projects.service import Projects
from actors.projects.shared import Shared
from actors.projects.tools.table import make_tools
from actors.runtime.admission import Admission
from actors.runtime.errors import InvalidInput
from app.composition.claude import make_claude
from app.preview import PreviewSettings, base_of
from app.settings import Settings

logger = logging.getLogger(__name__)

_HTTPS = 443
_DEFAULT = "template"
_ALTERNATIVE = "claude"
"""Used only where somebody says so; people who have it are told how."""


def make_home(settings: Settings, data: DataDir, spawn: Spawn) -> Home:
    """Make what all projects share of this machine."""
    tree = TreeLimits(
        memory=settings.project_memory,
        disk=settings.project_disk,
        files=settings.project_files,
        processes=settings.project_processes,
    )
    allowed = HomeSettings(
        highest=Level[settings.sandbox],
        # Without any walls only where that was asked for in so many words.
        lowest=min(Level.L1, Level[settings.sandbox_needed]),
        hosts=tuple(_endpoint(text) for text in settings.package_hosts),
        networks=tuple(_network(text) for text in settings.package_networks),
        scripts=settings.package_scripts,
        tree=tree,
    )
    return Home(spawn, Watchdog(), data.packages, allowed)


def make_projects(
    settings: Settings,
    data: DataDir,
    journal: Journal,
    streams: Streams,
    home: Home,
    spawn: Spawn,
    port: int,
    key: KeptKey,
) -> Projects:
    """Make the service of projects."""
    generators = make_project_generators(home.has_node, make_claude(settings, data, spawn, key))
    default = settings.generator or _DEFAULT
    if default not in generators:
        raise InvalidInput(f"There is no generator {default!r}.", hint=f"There are: {', '.join(generators)}.")
    limits = ProjectSettings(
        root=settings.projects_root,
        page=partial(_page, settings.public_url or f"http://localhost:{port}"),
        base=partial(base_of, make_preview_settings(settings)),
        lowest=Level[settings.sandbox_needed],
        seconds=settings.project_seconds,
        versions=settings.project_versions,
        days=settings.keep_days,
        most=2 * settings.keep_projects,
    )
    server = ServerSettings(idle_seconds=settings.dev_server_idle_seconds)
    shared = Shared(limits, data.projects, journal, home, generators, make_tools(), server, Slots(settings.dev_servers))
    admission = Admission(settings.projects_at_once, settings.projects_queued)
    logger.info("projects are made by `%s` in %s", default, settings.projects_root)
    return Projects(shared, streams, admission, default, None if settings.generator else _ALTERNATIVE)


def make_preview_settings(settings: Settings) -> PreviewSettings:
    """How apps are shown."""
    return PreviewSettings(
        mode=settings.preview,
        domain=settings.preview_domain,
        ports=settings.preview_ports,
        listeners=settings.preview_listeners,
        connections=settings.preview_connections,
        answer_seconds=settings.preview_answer_seconds,
        bind=settings.bind,
    )


def _page(url: str, project_id: str) -> str:
    return f"{url.rstrip('/')}/api/projects/{project_id}/preview"


def _endpoint(text: str) -> Endpoint:
    name, _, port = text.rpartition(":") if ":" in text else (text, "", str(_HTTPS))
    host = canonical_host(name)
    if host is None or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise InvalidInput(f"{text!r} is not a host.", hint="Write it as `name` or `name:port` (package_hosts).")
    return (host, int(port))


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is not a network: {error}.", hint="Write it as `10.0.0.0/8` (package_networks)."
        ) from None
