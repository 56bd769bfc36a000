"""Apps that a bundler turns into files, which then need a server: Vite and Create React App."""

import re
from dataclasses import dataclass
from typing import Optional

from actors.builds.transform import commands
from actors.builds.transform.app import App, Mending
from actors.builds.transform.server import Serving, is_ours, server_for

_OUT = re.compile(r"\boutDir\s*:\s*[\"'`](?:\./)?([\w-][\w./-]*?)/?[\"'`]")
_BASE = re.compile(r"\bbase\s*:\s*[\"'`](/[^\"'`]+)[\"'`]")
_VITE_CONFIG = r"vite\.config\.[cm]?[jt]s"


@dataclass(frozen=True)
class _Bundler:
    """A bundler: the kind of app, the package, its build script and where that leaves the files."""

    kind: str
    package: str
    build: str
    folder: str


_VITE = _Bundler("vite", "vite", "vite build", "dist")
_CRA = _Bundler("cra", "react-scripts", "react-scripts build", "build")


def mending(app: App) -> Optional[Mending]:
    """Return what to do to a bundled app; None for another one, or one with a server of its own."""
    dependencies = app.package.dependencies
    bundler = next((each for each in (_VITE, _CRA) if each.package in dependencies), None)
    script = app.package.scripts.get("start", "")
    if bundler is None or not _wants_server(app, script):
        return None
    folder, notes = _folder(app, bundler)
    name, text = server_for(app, Serving(folder))
    if name != "server.js":
        notes.append(f"The app has a server.js that its start script did not use; it is started with {name}.")
    return Mending(
        kind=bundler.kind,
        start=f"node {name}",
        build="" if app.package.scripts.get("build") else bundler.build,
        needs_build=True,
        product=f"{folder}/index.html",
        files={name: text},
        replaces=frozenset({name}),
        notes=tuple(notes),
    )


def _wants_server(app: App, script: str) -> bool:
    """Say whether nothing of the app's own serves it: not where it is only started for development."""
    file = commands.server_file(script)
    if file:
        return is_ours(app, file)
    return not script or commands.is_bundler(script)


def _folder(app: App, bundler: _Bundler) -> tuple[str, list[str]]:
    """Return where the build leaves the files, and what to say about its configuration."""
    config = next(iter(app.matching(_VITE_CONFIG)), "") if bundler is _VITE else ""
    text = app.code(config) if config else ""
    base, out = _BASE.search(text), _OUT.search(text)
    notes = (
        [f"{config} sets base to {base.group(1)}: the app is served at /, so it may not find its files."]
        if base
        else []
    )
    if out and ".." not in out.group(1).split("/"):
        return out.group(1), notes
    return bundler.folder, notes
