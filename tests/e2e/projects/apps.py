"""Apps of the template, made without a project and served from one small server, and what a person does with them."""

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actors.generators.template.idea import Field, Idea
from actors.projects.generators.template.rendering import STATIC, render
from tests.app.web.browser import Tab

READY = "document.querySelector('#content') && !document.querySelector('#content').hasAttribute('aria-busy')"
ROWS = "document.querySelectorAll('[aria-label^=\"Edit \"]').length"
MARKUP = "<b>x</b> & \u00e9"
ACT = """async ([opening, typed, accept]) => {
  const says = (button) => (button.ariaLabel ?? button.textContent).trim();
  const fits = (text) => (opening.endsWith("*") ? text.startsWith(opening.slice(0, -1)) : text === opening);
  [...document.querySelectorAll(".page button")].find((button) => fits(says(button))).click();
  const dialog = document.querySelector("dialog[open]");
  for (const [name, value] of Object.entries(typed)) dialog.querySelector(`[name=${name}]`).value = value;
  const gone = new Promise((resolve) => dialog.addEventListener("close", () => setTimeout(resolve)));
  [...dialog.querySelectorAll("button")].find((button) => says(button) === accept).click();
  await Promise.race([gone, new Promise((_, reject) => setTimeout(() => reject(dialog.innerText), 10000))]);
}"""
"""Opens a form, types, and waits until it was accepted."""
LEADS = ("name", "title", "question", "front")


def write_app(idea: Idea, directory: Path, starter: str = STATIC) -> None:
    """Write an app's files, without the starter's own."""
    for path, text in render(idea, starter, f"project-{directory.name}").items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    caching = "no-store"
    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 - as the class that it is from has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def end_headers(self) -> None:
        """Say whether files may be kept."""
        self.send_header("Cache-Control", self.caching)
        super().end_headers()


@contextmanager
def serve(directory: Path, *, keep: bool = False) -> Iterator[str]:
    """Serve a directory; gives its address. The browser may keep files that will not change."""
    kind = type("_Kept", (_Quiet,), {"caching": "max-age=600"}) if keep else _Quiet
    handler = functools.partial(kind, directory=str(directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join(5)


def filled(field: Field, number: int) -> Any:
    """What somebody types into a field; each number another text."""
    return {
        "text": f"{MARKUP} {number}",
        "longtext": f"Line one\nLine {number}",
        "number": str(int(max(field.min or 0, min(number, field.max or number)))),
        "date": "2026-03-0" + str(1 + number % 9),
        "time": "18:30",
        "choice": field.choices[-1] if field.choices else "",
        "tags": f"one, tag {number}",
        "lines": f"First\nSecond\nThird {number}",
    }.get(field.type)


@dataclass(frozen=True)
class Person:
    """Somebody who uses one app.

    Attributes:
        tab: What is looked at.
        idea: What the app is to be about.
        url: Where it is.
    """

    tab: Tab
    idea: Idea
    url: str

    async def open(self) -> None:
        """Open it, or load it again."""
        with suppress(RuntimeError):
            await self.tab.evaluate("window.before = true")
        await self.tab.goto(self.url)
        await self.tab.until(f"!window.before && {READY}")

    async def fill(self, opening: str, number: int, accept: str) -> dict[str, Any]:
        """Open a form, type something into every field, and accept; gives what was typed.

        Args:
            opening: What the button says that opens the form; `*` stands for anything.
            number: Which texts.
            accept: What the button says that takes them.
        """
        typed = {field.name: filled(field, number) for field in self.idea.topic.fields}
        typed = {name: value for name, value in typed.items() if value is not None}
        await self.tab.evaluate(f"({ACT})({json.dumps([opening, typed, accept])})")
        return typed

    async def press(self, opening: str, accept: str) -> None:
        """Open a form and press a button in it."""
        await self.tab.evaluate(f"({ACT})({json.dumps([opening, {}, accept])})")

    async def kept(self) -> list[dict[str, Any]]:
        """What the browser keeps."""
        found = await self.tab.evaluate("Object.values({...localStorage}).map((text) => JSON.parse(text).items).flat()")
        items: list[dict[str, Any]] = found
        return items
