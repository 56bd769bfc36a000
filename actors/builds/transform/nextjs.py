"""Next.js apps: started with `next start`, or served as files where they are exported."""

import re
from typing import Optional

from actors.builds.transform import cautions, commands
from actors.builds.transform.app import App, Mending
from actors.builds.transform.server import Serving, is_ours, server_for

_PRODUCT = ".next/prerender-manifest.json"
_EXPORT = re.compile(r"\boutput\s*:\s*[\"'`]export[\"'`]")
_DIST = re.compile(r"\bdistDir\s*:\s*[\"'`](?:\./)?([\w-][\w./-]*?)/?[\"'`]")
_HEALTH_ROUTE = r"(?:src/)?app/(?:\([^/]+\)/)*api/(?:\([^/]+\)/)*health/(?:\([^/]+\)/)*route\.[cm]?[jt]sx?"
_HEALTH_PAGE = r"(?:src/)?pages/api/health(?:/index)?\.[cm]?[jt]sx?"
_ROUTE = """export const dynamic = "force-dynamic";

export function GET() {
  return new Response(JSON.stringify({ status: "ok" }), {
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  });
}
"""
_PAGE = """export default function handler(request, response) {
  response.status(200).json({ status: "ok" });
}
"""
_TYPED_PAGE = """import type { NextApiRequest, NextApiResponse } from "next";

export default function handler(request: NextApiRequest, response: NextApiResponse) {
  response.status(200).json({ status: "ok" });
}
"""


def mending(app: App) -> Optional[Mending]:
    """Return what to do to a Next.js app; None for another one, or one with a server of its own."""
    if "next" not in app.package.dependencies:
        return None
    script = app.package.scripts.get("start", "")
    server = commands.server_file(script)
    if script and server and not is_ours(app, server) and server.rpartition("/")[2] != "next":
        return None
    build = app.package.scripts.get("build", "")
    if _is_exported(app, build):
        return _exported(app, build)
    start = commands.next_start(script, app.port)
    files, notes = _health(app)
    return Mending(
        kind="next",
        start=start,
        build="" if build else "next build",
        needs_build="next build" not in start,
        product=_PRODUCT,
        files=files,
        notes=(*notes, *cautions.of_next(app)),
    )


def _is_exported(app: App, build: str) -> bool:
    """Say whether a build leaves files rather than something for `next start`."""
    config = app.first(*cautions.CONFIGS)
    return "next export" in build or bool(config and _EXPORT.search(app.code(config)))


def _exported(app: App, build: str) -> Mending:
    """Serve the files of an exported app: `next start` refuses to."""
    config = app.first(*cautions.CONFIGS)
    found = _DIST.search(app.code(config)) if config and "next export" not in build else None
    folder = found.group(1) if found and ".." not in found.group(1).split("/") else "out"
    name, text = server_for(app, Serving(folder, fallback="404.html"))
    return Mending(
        kind="next-export",
        start=f"node {name}",
        build="" if build else "next build",
        needs_build=True,
        product=f"{folder}/index.html",
        files={name: text},
        replaces=frozenset({name}),
        notes=tuple(cautions.of_next(app)),
    )


def _health(app: App) -> tuple[dict[str, str], list[str]]:
    """Return the file that answers `GET /api/health`, where none does, and what to say about it."""
    if app.matching(_HEALTH_ROUTE) or app.matching(_HEALTH_PAGE):
        return {}, []
    ending = "ts" if "tsconfig.json" in app.paths else "js"
    for folder in ("app", "src/app"):
        if folder in app.folders:
            return {f"{folder}/api/health/route.{ending}": _ROUTE}, []
    for folder in ("pages", "src/pages"):
        if folder in app.folders:
            return {f"{folder}/api/health.{ending}": _TYPED_PAGE if ending == "ts" else _PAGE}, []
    return {}, [
        "The app has neither an app nor a pages directory, so it got no /api/health: its build will likely fail."
    ]
