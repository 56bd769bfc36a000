"""The kinds of apps, in the order in which they are recognised, and what makes each one ready to be started."""

import re
from collections.abc import Callable
from typing import Optional

from actors.builds.base import BuildFailed
from actors.builds.transform import bundled, cautions, commands, nextjs
from actors.builds.transform.app import App, Mending
from actors.builds.transform.server import Serving, is_ours, server_for

_SERVERS = tuple(f"{name}.{ending}" for name in ("server", "index", "app") for ending in ("js", "mjs", "cjs"))
_SERVES = re.compile(r"\bcreateServer\b|\.listen\(|\bexpress\b|\bfastify\b|\bhono\b|\bkoa\b", re.IGNORECASE)
_BUNDLERS = frozenset({"next", "vite", "react-scripts"})
_STATIC = (".", "public", "dist", "build", "out")


def mending(app: App) -> Mending:
    """Return what makes an app one that can be started.

    Raises:
        BuildFailed: There is nothing in it that could be.
    """
    for recognise in RECOGNISERS:
        found = recognise(app)
        if found is not None:
            return found
    raise BuildFailed(
        "the app has nothing to start: no start script, no server and no index.html",
        code="transform_kind",
        hint="Have the pipeline make an app with a start script in its package.json, or with an index.html.",
    )


def serving(app: App) -> Optional[Mending]:
    """Return what to do to an app that starts something of its own; None where nothing does."""
    script = app.package.scripts.get("start", "")
    file = commands.server_file(script)
    if file and is_ours(app, file):
        return None
    if not script:
        file = _unused_server(app)
        script = f"node {file}" if file else ""
    if not script:
        return None
    scripts = app.package.scripts
    unbuilt = bool(file) and not app.matching(rf"{re.escape(file)}(?:\.[cm]?[jt]s|/index\.[cm]?[jt]s)?")
    builds_itself = "build" in script or "prestart" in scripts
    wants = bool(_BUNDLERS & app.package.dependencies) or commands.uses_build(script) or unbuilt
    return Mending(
        kind="serving",
        start=commands.with_port(script, app.port),
        needs_build="build" in scripts and wants and not builds_itself,
        notes=tuple(cautions.of_server(app, file)),
    )


def static(app: App) -> Optional[Mending]:
    """Return what to do to plain files with an index.html."""
    folder = next((each for each in _STATIC if _index_of(each) in app.paths), "")
    if not folder:
        return None
    name, text = server_for(app, Serving(folder, fallback="404.html"))
    return Mending(kind="static", start=f"node {name}", files={name: text}, replaces=frozenset({name}))


RECOGNISERS: tuple[Callable[[App], Optional[Mending]], ...] = (nextjs.mending, bundled.mending, serving, static)


def _index_of(folder: str) -> str:
    """Return the path of a directory's index.html."""
    return "index.html" if folder == "." else f"{folder}/index.html"


def _unused_server(app: App) -> str:
    """Return a file that is a server although no script starts it, or nothing."""
    main = app.package.values.get("main")
    names = (*((main,) if isinstance(main, str) else ()), *_SERVERS)
    found = (name[2:] if name.startswith("./") else name for name in names)
    return next((name for name in found if _is_server(app, name)), "")


def _is_server(app: App, name: str) -> bool:
    """Say whether a file of the app's own looks like a server."""
    return name in app.paths and not is_ours(app, name) and bool(_SERVES.search(app.code(name)))
