"""What people should know about an app that the transform does not change: it never rewrites their configuration."""

import re

from actors.builds.transform.app import App

CONFIGS = tuple(f"next.config.{ending}" for ending in ("js", "mjs", "cjs", "ts", "mts"))
_BEFORE = tuple(
    f"{folder}{name}.{ending}" for folder in ("", "src/") for name in ("middleware", "proxy") for ending in ("ts", "js")
)
_FRAMING = re.compile(r"x-frame-options|frame-ancestors", re.IGNORECASE)
_HELMET = re.compile(r"\bhelmet\s*\(")
_HEALTH = re.compile(r"/?api/health\b")
_FIXED_PORT = re.compile(r"\.listen\(\s*(\d{2,5})\b")
_BASE_PATH = re.compile(r"\bbasePath\s*:\s*[\"'`]/")


def of_framing(app: App) -> list[str]:
    """Note what would keep a Next app out of the preview's frame."""
    return [
        f"{path} sets X-Frame-Options or frame-ancestors, so the preview may stay empty: take that out to see the app."
        for path in (*CONFIGS, *_BEFORE, "vercel.json")
        if path in app.paths and _FRAMING.search(app.code(path))
    ]


def of_next(app: App) -> list[str]:
    """Note what may keep a Next app's health check from answering."""
    notes = of_framing(app)
    config = app.first(*CONFIGS)
    if config and _BASE_PATH.search(app.code(config)):
        notes.append(
            f"{config} sets basePath, so the app does not answer at / and its health check not at /api/health."
        )
    notes.extend(
        f"{path} runs before every request: it has to let /api/health pass for the health check to answer."
        for path in _BEFORE
        if path in app.paths and not _HEALTH.search(app.code(path))
    )
    return notes


def of_server(app: App, file: str) -> list[str]:
    """Note what may keep an app with a server of its own from being reached, checked or shown."""
    texts = list(app.sources())
    notes = of_framing(app)
    if any(_HELMET.search(text) or _FRAMING.search(text) for text in texts):
        notes.append("The app's server may set X-Frame-Options or frame-ancestors, so the preview may stay empty.")
    if not any(_HEALTH.search(text) for text in texts):
        notes.append(
            "The app's server seems to have no /api/health: the health check may fail. Add one that answers 200."
        )
    found = _FIXED_PORT.search(app.code(file)) if file else None
    if found and int(found.group(1)) != app.port:
        notes.append(
            f"{file} listens on port {found.group(1)} whatever PORT says: the app has to be on port {app.port}."
        )
    return notes
