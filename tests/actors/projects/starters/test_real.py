"""The starters as they are used: installed frozen, built, served, changed while a browser looks on."""

import http.client
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import trio

from actors.processes.environment import base_environment
from actors.processes.lines import relay_lines
from actors.processes.tree import Spawn, open_tree
from actors.projects.packages.plan import Toolchain, install_plan
from actors.projects.packages.running import make_run
from actors.projects.starters.starters import STARTERS, files
from tests.actors.projects.starters.toolchain import find_toolchain, pnpm_command
from tests.app.web.browser import Tab, chromium_process, open_browser
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

NAME = 'Tea & "Cakes"'
ATTEMPTS = 3
ALIVE = """
    document.querySelector('script[src$="/main.js"]') !== null ||
    Object.keys(document.querySelector('h1')).some((key) => key.startsWith('__react'))
"""
BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"
BASE = "/api/projects/x/preview/app"
PERMISSIVE = {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}
DATA = {"caniuse-lite": "CC-BY-4.0"}
"""What is no program, but a table of facts."""
VITE = ("node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--strictPort", "--port")
NEXT = ("node_modules/next/dist/bin/next", "dev", "--hostname", "127.0.0.1", "--port")
SERVERS: Mapping[str, Sequence[str]] = {"vite": VITE, "react": VITE, "next": NEXT}


@dataclass(frozen=True)
class Workshop:
    """What installs and runs apps, confined by nothing: they are ours.

    Attributes:
        spawn: Starts process trees.
        tools: Node and pnpm.
        store: pnpm's store.
    """

    spawn: Spawn
    tools: Toolchain
    store: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of an app."""
        own = {"PATH": self.tools.path, "CI": "true", "npm_config_store_dir": str(self.store / "pnpm")}
        return {**base_environment(), **own, "NEXT_TELEMETRY_DISABLED": "1", **more}

    async def install(self, app: Path) -> None:
        """Install what the lock file says, and nothing else."""
        plan = install_plan(app, tools=self.tools, store=self.store, frozen=True)
        direct = {name: value for name, value in plan.environment.items() if not name.lower().endswith("_proxy")}
        run = make_run(self.spawn, "test")
        await run(plan.argv, cwd=app, env={**base_environment(), **direct}, seconds=240)

    async def run(self, app: Path, *arguments: str, **environment: str) -> str:
        """Run pnpm in an app."""
        run = make_run(self.spawn, "test")
        argv = (*pnpm_command(self.tools), *arguments)
        return await run(argv, cwd=app, env=self.environment(**environment), seconds=240)


@pytest.fixture
async def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Return what installs and runs apps."""
    spawn: Spawn = partial(open_tree, data_id=f"test-{uuid4().hex}")
    directory = tmp_path_factory.mktemp("tools")
    tools = await find_toolchain(make_run(spawn, "test"), directory)
    return Workshop(spawn, tools, directory / "store")


@pytest.fixture(scope="module")
def devtools() -> Iterator[str]:
    """Return the address of a browser."""
    with chromium_process() as url:
        yield url


@pytest.mark.parametrize("name", sorted(STARTERS))
async def test_starter(name: str, workshop: Workshop, devtools: str, tmp_path: Path) -> None:
    """It installs as it is locked, builds, and is served at any path; a change shows without a reload."""
    app = tmp_path / "generated-app"
    for path, content in files(name, NAME).items():
        (app / path).parent.mkdir(parents=True, exist_ok=True)
        (app / path).write_bytes(content)
    await workshop.install(app)
    await check_licences(workshop, app)
    await look(name, workshop, app, devtools, "")
    await look(name, workshop, app, devtools, BASE)
    await build(name, workshop, app)
    changed = {path for path, content in files(name, NAME).items() if (app / path).read_bytes() != content}
    assert not changed, "the tools keep to their own directories"


async def check_licences(workshop: Workshop, app: Path) -> None:
    """See that all that was installed may be used for anything."""
    found = json.loads(await workshop.run(app, "licenses", "list", "--json"))
    named = {package["name"]: licence for licence, packages in found.items() for package in packages}
    assert named
    assert not {
        name: licence for name, licence in named.items() if licence not in PERMISSIVE and DATA.get(name) != licence
    }


async def build(name: str, workshop: Workshop, app: Path) -> None:
    """Build it, and see what it is made of."""
    await workshop.run(app, "run", "build", BASE_PATH=BASE)
    output = app / STARTERS[name].output
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "Tea &amp; &quot;Cakes&quot;" in page
    rooted = f'"{BASE}/_next/' if name == "next" else '"./assets/'
    assert rooted in page
    assert 'src="/assets' not in page
    assert 'src="/_next' not in page


async def look(name: str, workshop: Workshop, app: Path, devtools: str, base: str) -> None:
    """Look at the dev server's page, light and dark, and at a change of it."""
    server, connected = open_server(name, workshop, app, base), open_browser(devtools)
    async with server as port, connected as browser, browser.open_tab() as tab:
        await tab.size(390, 844, phone=True)
        await tab.prefer(prefers_color_scheme="light")
        await tab.goto(f"http://127.0.0.1:{port}{base}/")
        heading = "document.querySelector('h1')?.textContent"
        assert await tab.until(heading) == await tab.evaluate("document.title") == NAME
        assert await tab.evaluate("document.documentElement.lang") == "en"
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        light = await tab.until(f"{BACKGROUND} !== 'rgba(0, 0, 0, 0)' && {BACKGROUND}")
        await tab.prefer(prefers_color_scheme="dark")
        assert await tab.evaluate(BACKGROUND) != light
        await until(partial(_connected, tab.requests), 30, "the WebSocket for changes")
        await check_changes(tab, trio.Path(app / STARTERS[name].entry))
        assert not tab.problems
        here = f"127.0.0.1:{port}"
        assert [url for url in tab.requests if here not in url and not url.startswith("data:")] == []


def _connected(requests: list[str]) -> bool:
    """Say whether the page asked for a WebSocket."""
    return any(url.startswith("ws:") for url in requests)


async def check_changes(tab: Tab, entry: trio.Path) -> None:
    """See that a change shows without a reload, once the page is alive; Next.js may lose one before."""
    before = await entry.read_bytes()
    for attempt in range(ATTEMPTS):
        await tab.until(ALIVE)
        await tab.evaluate("window.loadedOnce = true")
        await entry.write_bytes(before.replace(b"This is the start", f"Beginning {attempt}".encode()))
        if await shows(tab, f"Beginning {attempt}") and await tab.evaluate("window.loadedOnce"):
            break
    else:
        pytest.fail("no change shows without a reload")
    await entry.write_bytes(before)


async def shows(tab: Tab, text: str) -> bool:
    """Say whether a page comes to show a text."""

    async def there() -> bool:
        # Between two documents there is nothing to evaluate in.
        with suppress(RuntimeError):
            return bool(await tab.evaluate(f"document.body.innerText.includes('{text}')"))
        return False

    with suppress(AssertionError):
        await until(there, 15)
        return True
    return False


@asynccontextmanager
async def open_server(name: str, workshop: Workshop, app: Path, base: str) -> AsyncIterator[int]:
    """Start a dev server, and wait until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    based = ("--base", f"{base}/") if base and name != "next" else ()
    argv = (str(workshop.tools.node.program), *SERVERS[name], str(port), *based)
    env = workshop.environment(BASE_PATH=base)
    printed: list[str] = []
    spawned = workshop.spawn(argv, owner="test", cwd=app, env=env, merge_stderr=True, grace=1.0)
    async with spawned as tree, trio.open_nursery() as nursery:
        nursery.start_soon(relay_lines, tree.stdout, printed.extend)
        try:
            await until(lambda: trio.to_thread.run_sync(_answers, port, f"{base}/"), 60, f"{name}: {printed}")
            yield port
        finally:
            nursery.cancel_scope.cancel()


def _answers(port: int, path: str) -> bool:
    """Say whether a server has a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
