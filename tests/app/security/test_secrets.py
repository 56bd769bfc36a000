"""No secret is in a log, an event or an answer, nor where a child process could have it.

A server with every kind is asked for all it has, in good ways and in bad ones, at the level debug, and everything that
it said and started is searched.
"""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Optional

import httpx
import pytest
import trio

from app.security import Scope
from app.security.scopes import ROUTES
from app.security.tokenfile import FILE
from tests.app.security.test_headers import raw
from tests.app.security.test_scopes import example
from tests.e2e.jobs import ENDED, upload
from tests.e2e.processes import Known
from tests.e2e.reader import Reader
from tests.e2e.server import ServerProcess, serving, start_process
from tests.e2e.tokens import add, bearer
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

SETTING = "setting-t0ken-QWJjZGVmZ2hpams"
API_KEY = "sk-ant-made-up-c2VjcmV0LWtleQ"
PASSWORD = "pr0xy-passw0rd-eHl6enk"
WRONG = "wrong-t0ken-bm90LXJpZ2h0"
PLANTED = "no-secret-cGxhbnRlZA"
"""Looked for as the others are, where it certainly is: who does not find it would not find them either."""

ENVIRONMENT = {
    "LC_PLANTED": PLANTED,
    "ANTHROPIC_API_KEY": API_KEY,
    "HTTPS_PROXY": f"http://somebody:{PASSWORD}@127.0.0.1:9",
    "HTTP_PROXY": f"http://somebody:{PASSWORD}@127.0.0.1:9",
}


_NPM = re.compile(r"(^|/)npm\b")
"""Asked for the registries, and fetches the package manager; projects are installed by another one, in a sandbox."""


class Search:
    """What is looked for, and where it was found.

    Attributes:
        secrets: By what they are; of each also how it looks in base64.
        found: What, and where.
        seen: Arguments and environments of processes that were looked at.
    """

    def __init__(self, secrets: dict[str, str]) -> None:
        self.secrets = dict(secrets)
        self.found: list[str] = []
        self.seen = 0

    def look(self, where: str, text: str, *but: str) -> None:
        """Search a text."""
        for what, secret in self.secrets.items():
            forms = (secret, base64.b64encode(secret.encode()).decode().rstrip("="))
            if what not in but and any(form in text for form in forms):
                self.found.append(f"{what} in {where}")

    async def look_at_children(self, server: ServerProcess) -> None:
        """Search the arguments and the environment of each process below the server, as long as it runs."""
        copies: set[Known] = set()
        while True:
            for one in server.family():
                # Until it begins its own program, a child is the server once more: no longer than from look to look.
                if one in copies or not _is_copy(one[0], server.pid):
                    self._look_at(one[0])
                else:
                    copies.add(one)
            await trio.sleep(0.3)  # processes come and go, and nobody tells

    def _look_at(self, pid: int) -> None:
        """Search one process; npm outside of any sandbox has to know the proxy that it is to use."""
        with suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
            arguments = _text(Path(f"/proc/{pid}/cmdline"))
            self.look(f"the arguments of {name}", arguments)
            outside = Path(f"/proc/{pid}/ns/mnt").readlink() == Path("/proc/self/ns/mnt").readlink()
            # While it starts it changes its arguments to its name, and then to what it is asked for.
            told = ("a password",) if outside and (_NPM.search(name) or _NPM.search(arguments)) else ()
            self.look(f"the environment of {name}", _text(Path(f"/proc/{pid}/environ")), *told)
            self.seen += 1


def _is_copy(pid: int, of: int) -> bool:
    """Whether a process has the arguments of another."""
    with suppress(OSError):
        return _text(Path(f"/proc/{pid}/cmdline")) == _text(Path(f"/proc/{of}/cmdline"))
    return False


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


class Asker:
    """Asks, and searches each answer."""

    def __init__(self, client: httpx.AsyncClient, search: Search) -> None:
        self.client = client
        self.search = search

    async def __call__(self, method: str, path: str, *but: str, **words: Any) -> httpx.Response:
        """Ask; `but` names secrets that the answer is there to give."""
        answer = await self.client.request(method, path, **words)
        text = f"{answer.headers!r} {answer.text}"
        self.search.look(f"the answer to {method} {path[:40]}", text, *but)
        return answer


def bad_headers(secret: str) -> Iterator[dict[str, str]]:
    """Ways in which a secret is sent and refused."""
    yield bearer(WRONG)
    yield {"Authorization": secret}
    yield {"Authorization": f"Basic {secret}"}
    yield {**bearer(secret), "Host": "elsewhere.example"}
    yield {**bearer(secret), "Origin": "https://elsewhere.example"}
    yield {"Authorization": f"Bearer {secret}, Bearer {secret}"}
    yield {"X-Api-Key": secret, "Cookie": f"token={secret}"}


async def run_things(ask: Asker) -> list[str]:
    """A job, a build and a project, to their ends; their ids."""
    job = await upload(ask.client, speed=0)
    started = await ask("POST", "/api/build", json={"runId": "run-1", "prompt": "a shop", "workspaceId": "one"})
    assert started.status_code == 200
    body = {"prompt": "a to-do list", "generator": "template"}
    project = (await ask("POST", "/api/generate", json=body)).json()["id"]
    ids = {job: f"/jobs/{job}", "run-1": "/api/builds/run-1", project: f"/api/projects/{project}"}
    for path in ids.values():

        async def ended(path: str = path) -> bool:
            return (await ask("GET", path)).json()["state"] in ENDED

        await until(ended, 240, f"the end of {path}")
    return list(ids)


async def misuse(ask: Asker, server: ServerProcess, secret: str, link: str) -> None:
    """Every route, and requests that no client sends, with secrets where they do not belong."""
    for rule in ROUTES:
        if rule.path not in {"/ws", "/ws/{id}"}:
            await ask(rule.method, example(rule.path), headers={"Authorization": f"Bearer {WRONG}"})
    for headers in bad_headers(secret):
        await ask("GET", "/jobs", headers={"Authorization": "", **headers})
        await ask("POST", link, headers={"Authorization": "", **headers})
        await ask("GET", link, headers={"Authorization": "", **headers})
    await ask("GET", "/jobs", params={"token": secret, "limit": secret}, headers={"Authorization": ""})
    await ask("DELETE", link)
    await ask("PATCH", f"{link}/model")
    for protocols in (f"bearer.{secret}", f"callboard, bearer.{WRONG}", f"bearer.{secret}, bearer.{secret}"):
        await Reader("nobody", headers=(f"Sec-WebSocket-Protocol: {protocols}", "Origin: null")).follow(server.port)
        await Reader("nobody", headers=(f"Sec-WebSocket-Protocol: {protocols}",)).follow(server.port)
    host = f"Host: 127.0.0.1:{server.port}\r\n"
    for line in (f"GET {link} HTTP/1.1\r\nHost: elsewhere\r\n", f"POST {link} HTTP/1.1\r\n{host}Content-Length: x\r\n"):
        await raw(server.port, f"{line}Authorization: Bearer {secret}\r\n\r\n".encode())


async def test_what_is_planted_is_found() -> None:
    """In each place where is looked, as it is and in base64; but for what is there to be given."""
    search = Search({"it": PLANTED, "another": WRONG})
    hidden = base64.b64encode(PLANTED.encode()).decode()
    search.look("a text", f"before{PLANTED}after")
    search.look("what is encoded", f"Basic {hidden}")
    search.look("what is given", PLANTED, "it")
    answers: dict[str, dict[str, Any]] = {
        "/body": {"text": f"<{PLANTED}>"},
        "/head": {"headers": {"x-more": PLANTED}},
        "/none": {"text": "nothing"},
    }
    transport = httpx.MockTransport(lambda request: httpx.Response(200, **answers[request.url.path]))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        for path in answers:
            await Asker(client, search)("GET", path)
    argv = [sys.executable, "-c", "input()", PLANTED]
    async with trio.open_nursery() as nursery:
        run = partial(trio.run_process, argv, stdin=subprocess.PIPE, check=False, env={"A": PLANTED})
        process: trio.Process = await nursery.start(run)
        # The kernel closes what tells of the start before the new arguments can be read.
        await until(lambda: PLANTED in _text(Path(f"/proc/{process.pid}/cmdline")), what="its arguments")
        search._look_at(process.pid)
        process.kill()
    name = next(one for one in search.found if "the arguments" in one).rpartition(" ")[2]
    places = ("a text", "what is encoded", "the answer to GET /body", "the answer to GET /head")
    processes = (f"the arguments of {name}", f"the environment of {name}")
    assert search.found == [f"it in {place}" for place in (*places, *processes)]


async def test_no_secret_is_where_it_does_not_belong(tmp_path: Path) -> None:
    """In the log, in events, in answers, and in what children are started with."""
    data = tmp_path / "data"
    named = add(data, "ci", Scope.ADMIN)
    reader = add(data, "eye", Scope.READ)
    search = Search(
        {"the setting": SETTING, "a token": named, "another": reader, "the key": API_KEY, "a password": PASSWORD}
    )
    search.secrets.update({"a wrong token": WRONG, "what was planted": PLANTED})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        settings: dict[str, Any] = {"token": SETTING, "require_token": True, "log_level": "debug"}
        async with (
            serving(data, **settings) as server,
            httpx.AsyncClient(base_url=server.url, trust_env=False, verify=False, timeout=60) as client,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(search.look_at_children, server)
            client.headers.update(bearer(named))
            ask = Asker(client, search)
            ids = await run_things(ask)
            link = (await ask("POST", f"/jobs/{ids[0]}/share")).json()["path"]
            search.secrets["a link"] = link.rpartition("/")[2]
            search.secrets["the job's id"] = ids[0]
            signing = (data / "share.key").read_bytes()
            search.secrets["the signing key"] = signing.hex()
            assert (await ask("GET", f"{link}/model")).status_code == 200
            for one in ids:
                events = await ask("GET", f"/events/{one}", params={"limit": 1000})
                assert events.json()["events"]
            for path in ("/openapi.json", "/health/ready", "/api/me", "/api/board", "/engines", "/api/generators"):
                assert (await ask("GET", path)).status_code == 200
            await ask("GET", f"/api/projects/{ids[2]}/log")
            await misuse(ask, server, reader, link)
            nursery.cancel_scope.cancel()
        search.look("the log", server.said)
        assert "refused" in server.said
        assert "/shared/..." in server.said
    kept = [file for file in data.rglob("*") if file.is_file() and file.name not in {"share.key", "tokens.lock"}]
    for file in kept:
        search.look(str(file.relative_to(data)), file.read_bytes().decode("latin-1"))
    assert (data / FILE) in kept
    assert search.seen
    found = set(search.found)
    planted = {one for one in found if one.startswith(("what was planted", "the job's id"))}
    asked = f"the answer to GET /events/{ids[0]}"[: len("the answer to GET ") + 40]
    assert {f"the job's id in {place}" for place in ("the log", asked, "journal.sqlite3")} <= planted
    assert any(one.startswith("what was planted in the environment of ") for one in planted)
    assert not found - planted, sorted(found - planted)


@pytest.mark.parametrize(
    "url",
    [
        f"http://somebody:{PASSWORD}@orchestrator:3001",
        f"ftp://somebody:{PASSWORD}@orchestrator",
        f"http://somebody:{PASSWORD}@",
        f"http://somebody:{PASSWORD}@a b",
        f"http://orchestrator:3001/?key={PASSWORD}",
    ],
)
async def test_an_orchestrators_password_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    """It would be in every error of a message that was not delivered."""
    server = await start_process(tmp_path / "data", orchestrator_url=url)
    code: Optional[int] = None
    with trio.fail_after(60):
        code = await server.process.wait()
    assert code == 2
    assert "orchestrator" in server.said.lower()
    assert PASSWORD not in server.said
