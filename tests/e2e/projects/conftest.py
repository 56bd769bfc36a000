"""Servers that the tests of projects share, with one store of packages, and a browser that knows `*.localhost`."""

import queue
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Optional

import pytest
import trio

from tests import needs
from tests.app.web.browser import LOCALHOSTS, Browser, Tab, chromium_process, open_browser
from tests.e2e.projects.grounds import IDLE_S, TOKEN, Ground
from tests.e2e.server import ServerProcess, serving

_START_S = 90.0


@contextmanager
def _running(data: Path, **settings: Any) -> Iterator[ServerProcess]:
    """A server for more than one test, each of which has a loop of its own."""
    told: queue.Queue[tuple[ServerProcess, trio.lowlevel.TrioToken, trio.Event]] = queue.Queue()

    async def serve() -> None:
        async with serving(data, **settings) as server:
            over = trio.Event()
            told.put((server, trio.lowlevel.current_trio_token(), over))
            await over.wait()

    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(trio.run, serve)
        failed = threading.Event()
        served.add_done_callback(lambda _: failed.set())
        while not failed.is_set():
            try:
                server, token, over = told.get(timeout=0.05)
                break
            except queue.Empty:
                continue
        else:
            served.result()
            raise AssertionError("the server ended")
        try:
            yield server
        finally:
            token.run_sync_soon(over.set)
            served.result(_START_S)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages that were fetched before: what a second project does not wait for."""
    return tmp_path_factory.mktemp("packages")


class Servers:
    """Servers by their settings; each is started when a test first wants it.

    Args:
        root: Where their data goes.
        store: The store of packages that all of them share.
    """

    def __init__(self, root: Path, store: Path) -> None:
        self._root = root
        self._store = store
        self._stack = ExitStack()
        self._count = 0
        self._open: dict[tuple[tuple[str, Any], ...], Ground] = {}

    def __call__(self, token: Optional[str] = None, **settings: Any) -> Ground:
        """A server with these settings, which is shared."""
        if token:
            settings = {**settings, "token": token, "require_token": "1"}
        key = tuple(sorted(settings.items()))
        if key not in self._open:
            self._count += 1
            data = self._root / f"data-{self._count}"
            (data / "packages").mkdir(parents=True)
            for name in ("store", "tools"):
                (self._store / name).mkdir(exist_ok=True)
                (data / "packages" / name).symlink_to(self._store / name)
            own = {"projects_root": self._root / f"projects-{self._count}", **settings}
            self._open[key] = Ground(self._stack.enter_context(_running(data, **own)), token)
        return self._open[key]

    def close(self) -> None:
        """End them."""
        self._stack.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Iterator[Servers]:
    """Servers by their settings."""
    needs.node()
    servers = Servers(tmp_path_factory.mktemp("servers"), store)
    try:
        yield servers
    finally:
        servers.close()


@pytest.fixture(scope="session")
def knowing() -> Iterator[str]:
    """A browser that knows `*.localhost`."""
    with chromium_process(LOCALHOSTS) as url:
        yield url


@pytest.fixture
async def browser(knowing: str) -> AsyncIterator[Browser]:
    """It, with tabs of this test alone."""
    async with open_browser(knowing) as browser:
        yield browser


@pytest.fixture
async def other_tab(browser: Browser) -> AsyncIterator[Tab]:
    """A page in it with storage of its own, where `*.localhost` is not known."""
    async with browser.open_tab() as tab:
        await tab.call("Network.setBlockedURLs", urls=["*://*.localhost*"])
        yield tab


@pytest.fixture
async def tab(browser: Browser) -> AsyncIterator[Tab]:
    """A page in it."""
    async with browser.open_tab() as tab:
        yield tab


@pytest.fixture
def ground(servers: Servers) -> Ground:
    """A server as it is without settings: apps by host, or by port."""
    return servers()


@pytest.fixture
def below(servers: Servers) -> Ground:
    """A server that shows apps below a path."""
    return servers(preview="path")


@pytest.fixture
def guarded(servers: Servers) -> Ground:
    """A server that asks for a token."""
    return servers(TOKEN)


@pytest.fixture
def impatient(servers: Servers) -> Ground:
    """A server that stops apps soon that nobody looks at."""
    return servers(dev_server_idle_seconds=IDLE_S)
