"""The settings: one frozen place, filled from the environment and from flags, and checked once at the start.

The reference in `docs/reference/settings.md` is checked against this class by a test.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Optional

from pydantic import BaseModel, Field, ValidationError, validator

from actors.runtime.errors import InvalidInput
from app.secretfile import with_token
from app.variables import PREFIX, default_data_dir, problems_of, values_of

_CONTRACT_ROOT = Path("/home/ec2-user/workspaces")
"""Where the builder contract has its workspaces, on machines that were set up for it."""

_LISTS = (
    *("bind", "hosts", "origins", "trusted_peers", "trusted_proxies", "workspace_roots", "app_factory_env"),
    *("package_hosts", "package_networks"),
)
"""Settings that are lists, separated by commas in a variable."""

LEAST_TOKEN = 16
"""Characters of the token that is a setting."""

_MIB = 1024 * 1024
_GIB = 1024 * _MIB


class Settings(BaseModel):
    """Everything that can be configured."""

    data_dir: Path = Field(
        default_factory=default_data_dir, description="Where everything is kept; one server at a time may use it."
    )
    bind: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"), description="Addresses to listen on; others than loopback need a token."
    )
    port: int = Field(3002, ge=0, le=65535, description="Port to listen on; 0 takes a free one. `PORT` is read too.")
    token: Optional[str] = Field(
        None,
        min_length=LEAST_TOKEN,
        description="A token that may do everything; `callboard token` makes those that do less.",
    )
    token_file: Optional[Path] = Field(None, description="A file with that token and nothing else; instead of `token`.")
    require_token: bool = Field(False, description="Ask for a token on loopback too.")
    hosts: tuple[str, ...] = Field((), description="Further names that this server is reached by, as in `Host`.")
    origins: tuple[str, ...] = Field((), description="Origins whose pages may use the API from a browser.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least level to log.")
    log_format: Literal["text", "json"] = Field(
        "text", description="Lines as the builder contract has them, or one JSON object a line."
    )
    otlp_endpoint: Optional[str] = Field(
        None,
        description="Where traces are sent, a collector's address for OTLP over HTTP, such as `http://127.0.0.1:4318`,"
        " without a password: `OTEL_EXPORTER_OTLP_HEADERS` is for that. Needs the extra `telemetry`.",
    )
    journal: Literal["file", "memory"] = Field(
        "file", description="`memory` forgets everything at the end; for development."
    )
    default_engine: Optional[str] = Field(
        None, description="The engine of uploads that name none; else `pixelmap` where it is installed, or `simulated`."
    )
    jobs_at_once: int = Field(2, ge=1, le=10_000, description="Jobs that run at once; the others wait in the queue.")
    jobs_queued: int = Field(1000, ge=0, le=100_000, description="Jobs that may wait; one more is answered 503.")
    events_per_second: float = Field(5.0, gt=0, le=100, description="Progress events a second, for each job.")
    upload_files: int = Field(500, ge=1, le=100_000, description="Photos in one upload.")
    upload_file_size: int = Field(100 * _MIB, ge=1, description="Bytes of one photo.")
    upload_size: int = Field(4 * _GIB, ge=1, description="Bytes of one upload.")
    upload_pixels: int = Field(100_000_000, ge=1, description="Pixels of one photo.")
    upload_idle_seconds: float = Field(60.0, gt=0, description="Seconds without a byte after which an upload is ended.")
    uploads_at_once: int = Field(32, ge=1, le=10_000, description="Uploads at once; one more is answered 503.")
    uploads_open: int = Field(64, ge=1, le=10_000, description="Uploads kept open at once; one more is answered 503.")
    check_memory: int = Field(_GIB, ge=64 * _MIB, description="Bytes of memory for decoding a photo to check it.")
    check_seconds: float = Field(20.0, gt=0, description="Seconds for decoding a photo when it is checked.")
    connections: int = Field(2000, ge=1, le=1_000_000, description="Connections at once; one more is answered 503.")
    subscriber_lag: int = Field(
        128 * 1024, ge=1024, le=256 * 1024, description="Bytes that a subscriber may be behind before it is let go."
    )
    subscriber_stall_seconds: float = Field(
        20.0, gt=0, description="Seconds without progress after which a subscriber is let go."
    )
    drain_seconds: float = Field(
        5.0, ge=0, le=3600, description="Seconds that what runs may take to end after SIGTERM; then it is put back."
    )
    keep_days: float = Field(30.0, gt=0, description="Days after which what has ended is removed.")
    keep_jobs: int = Field(
        1000, ge=1, description="Ended jobs that are kept, and as many builds; the oldest are removed first."
    )
    keep_bytes: int = Field(50 * _GIB, ge=_MIB, description="Bytes of ended jobs that are kept: the newest that fit.")
    orchestrator_url: str = Field(
        "http://localhost:3001",
        description="The orchestrator that builds are reported to. `ORCHESTRATOR_URL` is read too.",
    )
    trusted_peers: tuple[str, ...] = Field(
        (), description="Addresses or networks of orchestrators that build without the token. `TRUSTED_PEERS` too."
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses or networks of proxies that are believed for whom they ask, to count wrong tokens."
    )
    workspaces_root: Optional[Path] = Field(
        None,
        description=f"Where workspaces are; else `{_CONTRACT_ROOT}` where that is, or `workspaces` in the data"
        " directory. `WORKSPACES_ROOT` is read too.",
    )
    workspace_roots: tuple[Path, ...] = Field((), description="Further directories that a `workspacePath` may be in.")
    pipeline: Optional[str] = Field(
        None,
        description="What makes the apps of builds: `app_factory`, `template`, or `claude`, which costs money; else"
        " `app_factory` where that is configured, `claude` where `generator` says so, or `template`.",
    )
    app_factory_python: Optional[Path] = Field(
        None, description="The Python that runs `app_factory`. `APP_FACTORY_PYTHON` is read too."
    )
    app_factory_dir: Optional[Path] = Field(
        None, description="The checkout that `app_factory` is in. `APP_FACTORY_DIR` is read too."
    )
    app_factory_cwd: Optional[Path] = Field(None, description="Where `app_factory` is run; else in the workspace.")
    app_factory_env: tuple[str, ...] = Field(
        (), description="Names of the variables that `app_factory` is passed. `APP_FACTORY_ENV` is read too."
    )
    app_factory_rerun: bool = Field(
        False, description="Run `app_factory` again when the server ended while it ran, although that may cost."
    )
    builds_at_once: int = Field(4, ge=1, le=10_000, description="Builds that run at once; the others wait.")
    builds_queued: int = Field(100, ge=0, le=100_000, description="Builds that may wait; one more is answered 503.")
    build_seconds: float = Field(900.0, gt=0, description="Seconds that a build may take.")
    build_idle_seconds: float = Field(
        300.0, gt=0, description="Seconds without a line after which a pipeline is ended."
    )
    build_messages: int = Field(
        5000, ge=1, description="Messages of a pipeline that are relayed; what is beyond that is only in its log."
    )
    install_seconds: float = Field(600.0, gt=0, description="Seconds for `npm install`, and for `npm run build`.")
    exec_retry_seconds: float = Field(
        30.0, ge=0, description="Seconds in which a command is asked for again when the orchestrator cannot be reached."
    )
    outbox_waiting: int = Field(
        1000,
        ge=10,
        description="Messages of a build that may wait for the orchestrator; more of a pipeline's are left out.",
    )
    outbox_hours: float = Field(24.0, gt=0, description="Hours after which a message that nobody took is given up.")
    projects_root: Path = Field(
        Path("/tmp/claude-projects"),  # noqa: S108 - the contract's; it is refused unless it is this user's own
        description="Where the apps of projects are; made with mode 0700, and refused if it is a link or another's.",
    )
    generator: Optional[str] = Field(
        None,
        description="What makes the apps of projects: `template`, or `claude`, which costs money; else `template`.",
    )
    claude_key_file: Optional[Path] = Field(
        None, description="A file (mode 0600) with the API key for `claude`; else `ANTHROPIC_API_KEY` is read."
    )
    claude_model: str = Field("claude-sonnet-4-5", min_length=1, description="The model that `claude` asks.")
    claude_url: Optional[str] = Field(None, description="Another address of the API that `claude` asks.")
    claude_dir: Optional[Path] = Field(
        None, description="Where `callboard setup claude` puts the Claude Agent SDK; else in the user's data directory."
    )
    claude_python: Optional[Path] = Field(
        None, description="The Python that has the Claude Agent SDK; else that in `claude_dir`."
    )
    claude_usd: float = Field(5.0, gt=0, le=100_000, description="Dollars that `claude` may cost for one project.")
    claude_tokens: int = Field(20_000_000, ge=1, description="Tokens that `claude` may use for one project.")
    claude_turns: int = Field(200, ge=1, le=100_000, description="Times that the model is asked for one project.")
    claude_minutes: float = Field(120.0, gt=0, description="Minutes that `claude` may work for one project.")
    claude_usd_day: float = Field(25.0, gt=0, description="Dollars that `claude` may cost on one day (UTC).")
    claude_tokens_day: int = Field(200_000_000, ge=1, description="Tokens that `claude` may use on one day (UTC).")
    claude_retries: int = Field(4, ge=0, le=10, description="Times that a failed request to the API is repeated.")
    claude_repairs: int = Field(
        3, ge=0, le=20, description="Times that an app that does not run goes back to `claude`, for one prompt."
    )
    claude_silence_seconds: float = Field(
        300.0, gt=0, description="Seconds without a sign of `claude`, while no tool works for it, that end its run."
    )
    projects_at_once: int = Field(4, ge=1, le=10_000, description="Projects that are generated at once.")
    projects_queued: int = Field(100, ge=0, le=100_000, description="Prompts that may wait; one more is answered 503.")
    project_seconds: float = Field(1800.0, gt=0, description="Seconds that one prompt's run may take.")
    project_versions: int = Field(
        200,
        ge=2,
        le=100_000,
        description="Versions of a project that are kept; up to twice as many between two cleanings.",
    )
    keep_projects: int = Field(200, ge=1, description="Projects that are kept; the oldest are removed first.")
    sandbox: Literal["L0", "L1", "L2", "L3"] = Field(
        "L3", description="The best level of the sandbox that is tried; the best that works is used."
    )
    sandbox_needed: Literal["L0", "L1", "L2", "L3"] = Field(
        "L2", description="The lowest level at which a generator may run commands that a model thought of."
    )
    project_memory: int = Field(2 * _GIB, ge=64 * _MIB, description="Bytes of memory of all that one command starts.")
    project_disk: int = Field(2 * _GIB, ge=_MIB, description="Bytes that a project's app may take on the disk.")
    project_files: int = Field(300_000, ge=100, description="Files that a project's app may have.")
    project_processes: int = Field(512, ge=8, description="Processes and threads of all that one command starts.")
    dev_servers: int = Field(
        10, ge=1, le=1000, description="Dev servers at once; the one unused for longest gives way."
    )
    dev_server_idle_seconds: float = Field(900.0, gt=0, description="Seconds without a visitor that end a dev server.")
    package_hosts: tuple[str, ...] = Field(
        (), description="Further hosts that an install may reach, as `name` or `name:port`, besides the registries'."
    )
    package_networks: tuple[str, ...] = Field(
        (), description="Private networks that these hosts and the registries may be in."
    )
    package_scripts: bool = Field(False, description="Run the install scripts of packages, without a network.")
    preview: Literal["auto", "host", "port", "path"] = Field(
        "auto",
        description="How apps are shown: on a host of their own (`{id}.localhost`), on a port of their own, or below a"
        " path; `auto` is by host, else by port.",
    )
    preview_domain: Optional[str] = Field(
        None,
        description="A domain of which all names lead here, as `apps.example` (https) or `http://apps.example:8080`.",
    )
    preview_ports: Optional[str] = Field(
        None, description="Ports for apps that have one of their own, as `40000-40099`; else any free ones."
    )
    preview_listeners: int = Field(32, ge=1, le=1000, description="Apps that have a port of their own at once.")
    preview_connections: int = Field(
        128, ge=8, le=10_000, description="Requests and WebSockets of one app at once; one more is answered 503."
    )
    preview_answer_seconds: float = Field(120.0, gt=0, description="Seconds that an app may take to begin an answer.")
    public_url: Optional[str] = Field(
        None, description="Where people reach this server, for addresses that are shown; else `http://localhost:PORT`."
    )

    class Config:
        """Frozen, and strict about names."""

        frozen = True
        extra = "forbid"

    @validator(*_LISTS, pre=True)
    def _split(cls, value: object) -> object:
        """Take a list as it stands in an environment variable, separated by commas."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @validator(
        "data_dir",
        "token_file",
        "projects_root",
        "workspaces_root",
        "app_factory_dir",
        "app_factory_cwd",
        "app_factory_python",
        "claude_dir",
        "claude_key_file",
        "claude_python",
    )
    def _absolute(cls, value: Optional[Path]) -> Optional[Path]:
        """Make it mean the same to child processes, which have working directories of their own."""
        return None if value is None else value.expanduser().absolute()

    @property
    def workspaces(self) -> Path:
        """Where workspaces are that are given by their id alone."""
        if self.workspaces_root is not None:
            return self.workspaces_root
        with suppress(OSError):  # where nobody may look, as in a service without homes
            if _CONTRACT_ROOT.is_dir():
                return _CONTRACT_ROOT
        return self.data_dir / "workspaces"


def load_settings(environment: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """Read the settings: flags win over the environment, and both over the defaults.

    Args:
        environment: As `os.environ`.
        flags: By the setting's name; None means not given.

    Raises:
        InvalidInput: A value is not what it should be, or a variable with our prefix names no setting.
    """
    values: dict[str, Any] = values_of(environment)
    values.update({name: value for name, value in flags.items() if value is not None})
    with_token(values)
    try:
        return Settings(**values)
    except ValidationError as error:
        problems = problems_of(error, Settings.__fields__)
        words = "; ".join(f"{problem.field}: {problem.problem}" for problem in problems)
        raise InvalidInput(
            f"The settings cannot be used: {words}.",
            hint=f"They come from flags and from variables that begin with {PREFIX}.",
            errors=problems,
        ) from None
