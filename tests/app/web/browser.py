"""A headless Chromium, driven over its DevTools protocol: enough to look at a page as a person does."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from tests import needs
from tests.waiting import until

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60.0
MESSAGE_LIMIT = 64 * 1024 * 1024
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.*",
    "--remote-debugging-port=0",
    "about:blank",
)

LOCALHOSTS = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.* , EXCLUDE *.localhost , EXCLUDE localhost"
"""Lets a browser know `localhost` and all names below it, as most systems do."""


def chromium() -> str:
    """Find the browser; without one the test is skipped, except in CI, where it must be there."""
    return needs.program(*NAMES)


@dataclass
class Connection:
    """The DevTools connection: commands with answers, and events.

    Attributes:
        socket: Where both travel.
        listeners: Called with each event of a session.
    """

    socket: WebSocketConnection
    listeners: dict[str, Callable[[str, dict[str, Any]], None]] = field(default_factory=dict)
    _waiting: dict[int, trio.MemorySendChannel[dict[str, Any]]] = field(default_factory=dict)
    _last: int = 0

    async def call(self, method: str, session: Optional[str] = None, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        self._last += 1
        number = self._last
        send, receive = trio.open_memory_channel[dict[str, Any]](1)
        self._waiting[number] = send
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        with trio.fail_after(PATIENCE):
            await self.socket.send_message(json.dumps(message))
            answer = await receive.receive()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def read(self) -> None:
        """Give out what arrives, until the browser ends."""
        with suppress(ConnectionClosed):
            while True:
                message = json.loads(await self.socket.get_message())
                if "id" in message:
                    self._waiting.pop(message["id"]).send_nowait(message)
                elif message.get("sessionId") in self.listeners:
                    self.listeners[message["sessionId"]](message["method"], message.get("params", {}))


class Document:
    """Something with a document in which JavaScript can be run.

    Attributes:
        problems: What the console, the page's code and its policy complained about.
    """

    problems: list[str]

    async def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the page; waits for a promise."""
        raise NotImplementedError

    async def until(self, condition: str) -> Any:
        """Wait until a JavaScript expression is truthy, and give its value."""
        with trio.move_on_after(PATIENCE):
            while True:
                # Between two documents there is nothing to evaluate in.
                with suppress(RuntimeError):
                    value = await self.evaluate(condition)
                    if value:
                        return value
                await trio.sleep(0.05)  # between looks, with a deadline: a page tells nobody that it has changed
        shown = await self.evaluate("document.body.innerText")
        raise AssertionError(f"never came: {condition}\npage: {shown}\nproblems: {self.problems}")


@dataclass
class Tab(Document):
    """One page.

    Attributes:
        connection: To the browser.
        session: The page's own session in it.
        context: Whose storage it has; pages may share it.
        problems: What the console, the page's code and its policy complained about.
        requests: The address of each request, WebSockets included.
        worlds: Where the code of each frame runs that shares the page's process.
    """

    connection: Connection
    session: str
    context: str = ""
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    worlds: dict[str, int] = field(default_factory=dict)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Keep what the tests want to know."""
        if method == "Runtime.executionContextCreated":
            world = params["context"]
            if world["auxData"]["isDefault"]:
                self.worlds[world["auxData"]["frameId"]] = world["id"]
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.problems.append(" ".join(str(part.get("value", part)) for part in params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(params["exceptionDetails"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.problems.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(params["url"])

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command to the page."""
        return await self.connection.call(method, self.session, **params)

    async def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the page; waits for a promise."""
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return value_of(answer)

    async def goto(self, url: str) -> None:
        """Open an address; returns when it has begun to load."""
        await self.call("Page.navigate", url=url)

    async def text(self, element: str) -> str:
        """Give the text of the element with an id."""
        return str(await self.evaluate(f"document.getElementById({json.dumps(element)}).textContent"))

    async def size(self, width: int, height: int, *, phone: bool = False, density: float = 1) -> None:
        """Set the size of the window."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=density, mobile=phone
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=phone)

    async def prefer(self, **features: str) -> None:
        """Set media features such as prefers-color-scheme, written with underscores."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        await self.call("Emulation.setEmulatedMedia", features=wanted)

    async def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Dispatch one mouse event, such as mouseMoved."""
        await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    async def drag(self, start: tuple[float, float], end: tuple[float, float], button: str = "left") -> None:
        """Press, move and release."""
        held = {"left": 1, "right": 2}[button]
        await self.mouse("mousePressed", *start, button=button, buttons=held, clickCount=1)
        for step in range(1, 6):
            x, y = (a + (b - a) * step / 5 for a, b in zip(start, end))
            await self.mouse("mouseMoved", x, y, button=button, buttons=held)
        await self.mouse("mouseReleased", *end, button=button, clickCount=1)

    async def key(self, name: str) -> None:
        """Press and release one key."""
        text = {"text": name} if len(name) == 1 else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=name, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=name)

    async def picture(self) -> bytes:
        """Take a picture of the window, as PNG."""
        answer = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])


@dataclass(frozen=True)
class Browser:
    """A running browser.

    Attributes:
        connection: To it.
    """

    connection: Connection

    @asynccontextmanager
    async def open_tab(self, beside: Optional[Tab] = None) -> AsyncIterator[Tab]:
        """Open a page with storage of its own, or with that of another page."""
        call = self.connection.call
        context = beside.context if beside else (await call("Target.createBrowserContext"))["browserContextId"]
        target = (await call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        session = (await call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = Tab(self.connection, session, context)
        self.connection.listeners[session] = tab.hear
        for domain in ("Page", "Runtime", "Network", "Log"):
            await tab.call(f"{domain}.enable")
        await tab.size(1280, 800)
        try:
            yield tab
        finally:
            del self.connection.listeners[session]
            with trio.move_on_after(2, shield=True):
                if beside:
                    await call("Target.closeTarget", targetId=target)
                else:
                    await call("Target.disposeBrowserContext", browserContextId=context)


def value_of(answer: dict[str, Any]) -> Any:
    """What an expression gave; raises RuntimeError for what it threw."""
    if "exceptionDetails" in answer:
        raise RuntimeError(json.dumps(answer["exceptionDetails"]))
    return answer["result"].get("value")


@contextmanager
def chromium_process(*more: str) -> Iterator[str]:
    """Start a browser with an empty profile, and give the address of its DevTools; it is gone at the end.

    Args:
        more: Further options, in the place of those of the same name.
    """
    program = chromium()
    profile = tempfile.mkdtemp(prefix="callboard-browser-")
    replaced = {option.partition("=")[0] for option in more}
    options = [option for option in OPTIONS if option.partition("=")[0] not in replaced]
    process = subprocess.Popen(
        [program, f"--user-data-dir={profile}", *more, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": os.environ.get("PATH", ""), "HOME": profile, "LANG": "C.UTF-8"},
    )
    try:
        yield trio.run(_devtools_url, Path(profile) / "DevToolsActivePort")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
        shutil.rmtree(profile, ignore_errors=True)


@asynccontextmanager
async def open_browser(url: str) -> AsyncIterator[Browser]:
    """Connect to a running browser; many connections may share one, each with tabs and storage of its own."""
    async with open_websocket_url(url, max_message_size=MESSAGE_LIMIT) as socket, trio.open_nursery() as nursery:
        connection = Connection(socket)
        nursery.start_soon(connection.read)
        yield Browser(connection)
        nursery.cancel_scope.cancel()


async def _devtools_url(port_file: Path) -> str:
    def written() -> Optional[list[str]]:
        lines = port_file.read_text().splitlines() if port_file.exists() else []
        return lines if len(lines) == 2 else None

    port, path = await until(written, PATIENCE, "the browser's address")
    return f"ws://127.0.0.1:{port}{path}"
