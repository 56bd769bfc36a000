"""The project generator `template`: makes an app with the project's tools, changes it, and says what it did."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Optional

from actors.generators.base import GeneratorFailed
from actors.generators.template.generator import introduction
from actors.generators.template.idea import Idea
from actors.generators.template.understand import understand
from actors.processes.sandbox.confinement import Level
from actors.projects.generators.base import Order, Said, Tell, Toolbox
from actors.projects.generators.template.changing import CANNOT, ELSE, change
from actors.projects.generators.template.choosing import choose
from actors.projects.generators.template.making import Making, problem
from actors.projects.generators.template.remembering import remember
from actors.projects.generators.template.rendering import SHAPES, STATIC, render
from actors.runtime.availability import Availability

PLAIN = "The app needs no packages: it is served as plain files."
STARTER_FILES = ("package.json", "pnpm-lock.yaml", "vite.config.js", "next.config.js")
NOTHING_LEFT = "No model was asked, and these words name no change that is still to be made: the app is started again."
FOREIGN = (
    "No model was asked, and this app is not one that the template has made, or it was changed so much that the "
    "template does not know it any more: nothing was changed."
)


class TemplateProjectGenerator:
    """Makes an app from the prompt's words alone: the same prompt gives the same app.

    Args:
        node: Whether there is Node here.
    """

    name = "template"
    title = "A template that is filled in by the words of the prompt; no model is asked"
    resumable = True
    needs = Level.L1

    def __init__(self, node: Callable[[], Awaitable[Availability]]) -> None:
        self._node = node

    def availability(self) -> Availability:
        """It needs nothing: without Node, the app is served as plain files."""
        return Availability(available=True)

    async def generate(self, order: Order, toolbox: Toolbox, tell: Tell) -> Mapping[str, Any]:
        """Make the app, or change it.

        Raises:
            GeneratorFailed: A tool could not do its part.
        """
        making = Making(toolbox, tell)
        making.stage("understanding", 0.0)
        if order.run > 1 and not _begins_again(order):
            known = await _known(making)
            if known is not None:
                return await _change(order, making, tell, *known)
            if await making.has("package.json") or await making.has("index.html"):
                tell(Said(FOREIGN))
                return {**_no_cost(), "changed": False}
        return await self._make(order, making, tell)

    async def _make(self, order: Order, making: Making, tell: Tell) -> Mapping[str, Any]:
        """Make a new app."""
        idea = understand(order.prompt)
        tell(Said(introduction(idea)))
        starter = choose(order.prompt)
        node = await self._node()
        if starter != STATIC and not node.available:
            tell(Said(f"{PLAIN} {node.reason}".strip()))
            starter = STATIC
        files = render(idea, starter, order.project)
        await _create(making, starter, idea.title)
        await making.write(files, 0.1, 0.4)
        trouble = await _run(making, starter)
        if trouble is not None:
            if starter == STATIC:
                raise GeneratorFailed(trouble, code="start_failed", hint="The project's log has what was printed.")
            tell(Said(f"{trouble} So the app is served as plain files, which work in the same way."))
            starter = STATIC
            await _as_plain_files(making, render(idea, starter, order.project))
        url = await _url(making)
        tell(Said(_ready(idea, url)))
        return {**_facts(idea, starter), "files": len(files), "url": url}


def _begins_again(order: Order) -> bool:
    """Whether the project's first prompt is carried out once more: its run ended before the app was there."""
    return order.continues and not order.earlier


async def _known(making: Making) -> Optional[tuple[Idea, str, str]]:
    """What the app is about, the name of its store and its starter; None when it is none of ours."""
    for path in dict.fromkeys(shape.idea for shape in SHAPES.values()):
        text = await making.read(path)
        found = None if text is None else remember(text)
        if found is not None:
            return (*found, await _starter(making))
    return None


async def _starter(making: Making) -> str:
    """Which starter an app of ours was made from."""
    if not await making.has("package.json"):
        return STATIC
    if await making.has("app/page.jsx"):
        return "next"
    return "react" if await making.has("src/App.jsx") else "vite"


async def _change(order: Order, making: Making, tell: Tell, idea: Idea, store: str, starter: str) -> Mapping[str, Any]:
    """Change what a follow-up names; only files that are different for it are written."""
    changed = change(order.prompt, idea)
    if not changed.says:
        tell(Said(NOTHING_LEFT if order.continues else CANNOT))
    else:
        before = render(idea, starter, store)
        after = render(changed.idea, starter, store)
        files = [(path, text) for path, text in after.items() if before.get(path) != text]
        # The idea is the last one: a run that goes on where this one stops finds out from it what is to be changed.
        files.sort(key=lambda file: file[0] == SHAPES[starter].idea)
        await making.write(dict(files), 0.1, 0.7)
    trouble = await _run(making, starter)
    if trouble is not None:
        raise GeneratorFailed(trouble, code="start_failed", hint="The project's log has what was printed.")
    url = await _url(making)
    if changed.says:
        tell(Said(f"No model was asked. {' '.join(changed.says)} What was kept in the app is still there. {ELSE}"))
    return {**_facts(changed.idea, starter), "changed": bool(changed.says), "url": url}


async def _create(making: Making, starter: str, title: str) -> None:
    """Make the starter, unless an attempt before this one has."""
    making.stage("creating", 0.05)
    tool = SHAPES[starter].tool
    if tool and not await making.has("package.json"):
        await making.need(tool, name=title)


async def _run(making: Making, starter: str) -> Optional[str]:
    """Install what the app needs and start it; give what went wrong, if anything."""
    if starter != STATIC:
        making.stage("installing", 0.45)
        installed = await making.attempt("install_dependencies")
        if not installed.ok:
            return f"{problem('install_dependencies', installed)}."
    making.stage("starting", 0.8)
    started = await making.attempt("start_dev_server")
    return None if started.ok else f"{problem('start_dev_server', started)}."


async def _as_plain_files(making: Making, files: Mapping[str, str]) -> None:
    """Take away what asks for Node, and write the app as it is served without.

    Raises:
        GeneratorFailed: It cannot be served so either.
    """
    for name in STARTER_FILES:
        await making.need("run_command", argv=["rm", "-f", name])
    await making.write(files, 0.8, 0.9)
    await making.need("start_dev_server")


async def _url(making: Making) -> Optional[str]:
    """Where the app is to be seen."""
    making.stage("preview", 0.95)
    result = await making.attempt("generate_preview_url")
    url = result.data.get("url")
    return str(url) if result.ok and url else None


def _ready(idea: Idea, url: Optional[str]) -> str:
    """What is said at the end."""
    kept = "What is added to it stays in the browser that it was added with."
    return f'"{idea.title}" is ready{f": {url}" if url else ""}. {kept}'


def _facts(idea: Idea, starter: str) -> dict[str, Any]:
    """What there is to know about the app."""
    return {"title": idea.title, "kind": idea.topic.kind, "starter": starter, **_no_cost()}


def _no_cost() -> dict[str, Any]:
    """No model, no cost."""
    return {"model": None, "cost_usd": 0}
