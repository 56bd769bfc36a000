"""A real nginx with `deploy/nginx`, as a process of its own that needs no rights and leaves nothing behind."""

import os
import signal
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import httpx
import trio

from tests import needs
from tests.e2e.processes import below, memory, parent
from tests.house.project import ROOT
from tests.ports import free_port
from tests.waiting import until

NAME = "callboard.example"
APPS = "apps.example"
DEPLOYED = ROOT / "deploy" / "nginx"
SPOOLED = ("client request body is buffered", "upstream response is buffered")
"""What nginx logs when it writes to its own disk what it passes on."""

_MAIN = """{more}
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
worker_processes 2;
daemon off;
events {{ worker_connections 1024; }}
http {{
    {temporary}
    include {folder}/upstream.conf;
    include {folder}/callboard.conf;
}}
"""
_TEMPORARY = ("client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path")
Edit = Callable[[str], str]


def adapted(folder: Path, server: int, http: int, https: int) -> dict[str, str]:
    """The files of `deploy/nginx`, changed in what has to be another on each machine, and in nothing else.

    The ports to listen on, on loopback alone; where Callboard is; the directory of the certificate; that of the log.

    Args:
        folder: Where the certificate is, and the log goes.
        server: Callboard's port.
        http: The port without TLS.
        https: The port with TLS.

    Returns:
        The text of each file by its name.
    """
    places = {
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen [::]:80;": "",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{https} ssl http2;",
        "listen [::]:443 ssl http2;": "",
        "server 127.0.0.1:3002;": f"server 127.0.0.1:{server};",
        "/etc/ssl/callboard/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
    }
    texts = {path.name: path.read_text(encoding="utf-8") for path in DEPLOYED.glob("*.conf")}
    for old, new in places.items():
        assert any(old in text for text in texts.values()), old
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    return texts


def make_certificate(folder: Path) -> None:
    """Make a certificate for all the names, signed by itself."""
    names = f"DNS:{NAME},DNS:*.{APPS},DNS:localhost,IP:127.0.0.1"
    command = [
        *(needs.openssl(), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName={names}"),
        *("-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@dataclass
class Proxy:
    """An nginx that runs.

    Attributes:
        process: Its master.
        folder: Where its files are.
        http: Its port without TLS.
        https: Its port with TLS.
    """

    process: trio.Process
    folder: Path
    http: int
    https: int

    @property
    def certificate(self) -> Path:
        """What a client has to trust."""
        return self.folder / "fullchain.pem"

    @property
    def url(self) -> str:
        """Where it is, by a name that each machine knows."""
        return f"https://localhost:{self.https}"

    @property
    def log(self) -> str:
        """What it said of itself."""
        return (self.folder / "error.log").read_text(encoding="utf-8", errors="replace")

    @property
    def requests(self) -> str:
        """Its log of requests."""
        return (self.folder / "access.log").read_text(encoding="utf-8", errors="replace")

    @property
    def workers(self) -> frozenset[int]:
        """The processes that serve, those that only finish what they have among them."""
        return frozenset(pid for pid, _ in below(self.process.pid) if parent(pid) == self.process.pid)

    @property
    def rss(self) -> int:
        """The most memory that one of its processes has, in bytes."""
        return max(memory(pid) for pid in self.workers)

    @property
    def temporary(self) -> list[str]:
        """Files of its own that it has open now for what it passes on; they have no name any more."""
        found = [_target(link) for pid in self.workers for link in Path(f"/proc/{pid}/fd").iterdir()]
        return [path for path in found if any(path.startswith(f"{self.folder}/{name}") for name in _TEMPORARY)]

    def context(self) -> ssl.SSLContext:
        """TLS that trusts it, and nobody else."""
        return ssl.create_default_context(cafile=str(self.certificate))

    async def dial(self) -> "trio.SSLStream[trio.SocketStream]":
        """Open a connection with TLS."""
        stream = await trio.open_tcp_stream("127.0.0.1", self.https)
        return trio.SSLStream(stream, self.context(), server_hostname="localhost", https_compatible=True)

    async def reload(self) -> None:
        """`nginx -s reload`; returns when new processes serve."""
        before = self.workers
        await trio.run_process([*_command(self.folder), "-s", "reload"], capture_stderr=True)
        await until(lambda: self.workers - before, what="new processes of nginx")

    @asynccontextmanager
    async def calling(
        self, token: Optional[str] = None, host: str = NAME, *, http2: bool = False
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client that asks for a host through it."""
        headers = {"Host": host, **({"Authorization": f"Bearer {token}"} if token else {})}
        async with httpx.AsyncClient(
            base_url=f"https://127.0.0.1:{self.https}",
            headers=headers,
            timeout=60,
            trust_env=False,
            verify=self.context(),
            http2=http2,
        ) as client:
            yield client


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _command(folder: Path) -> list[str]:
    return [needs.nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def as_it_is(text: str) -> str:
    """No change."""
    return text


@asynccontextmanager
async def proxied(
    folder: Path, server: int, https: int, *, more: str = "", edit: Edit = as_it_is
) -> AsyncIterator[Proxy]:
    """An nginx in front of a server, ended at the end of the block.

    Args:
        folder: Where its files go.
        server: Callboard's port.
        https: The port with TLS.
        more: Further directives of the process.
        edit: Changes the configuration, to show what a part of it is for.
    """
    http = free_port()
    await trio.to_thread.run_sync(_write, folder, more, adapted(folder, server, http, https), edit)
    process = await trio.lowlevel.open_process(_command(folder), stdin=subprocess.DEVNULL)
    proxy = Proxy(process, folder, http, https)
    try:
        await until(lambda: proxy.workers or process.poll() is not None, what="a start of nginx")
        assert process.poll() is None, proxy.log
        yield proxy
    finally:
        with trio.CancelScope(shield=True):
            await _end(process)


def _write(folder: Path, more: str, files: Mapping[str, str], edit: Edit) -> None:
    folder.mkdir()
    make_certificate(folder)
    # Root's workers would be another user's, who may not see a test's files.
    user = "user root;\n" if os.getuid() == 0 else ""
    temporary = "".join(f"{name} {folder}/{name};\n    " for name in _TEMPORARY)
    main = _MAIN.format(more=user + more, folder=folder, temporary=temporary)
    for name, text in {**{name: edit(text) for name, text in files.items()}, "nginx.conf": main}.items():
        (folder / name).write_text(text, encoding="utf-8")


async def _end(process: trio.Process) -> None:
    """End it at once, with what it started."""
    if process.poll() is None:
        family = below(process.pid)
        process.send_signal(signal.SIGTERM)
        with trio.move_on_after(10):
            await process.wait()
            return
        for pid, _ in family:
            os.kill(pid, signal.SIGKILL)
        process.kill()
        await process.wait()
