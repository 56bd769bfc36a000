"""The small Node server that an app gets when nothing of its own serves it: no dependencies, one file."""

import json
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from actors.builds.transform.app import App

MARK = "// Made by Callboard: "
NAMES = ("server.js", "callboard-server.js")
_BODY = Path(__file__).with_name("templates") / "server.js"
_MODULE = """import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
"""
_COMMON = """"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const here = __dirname;
"""
_HIDDEN = (
    "apps",
    "bun.lock",
    "bun.lockb",
    "checkpoints",
    "node_modules",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    *NAMES,
)


@dataclass(frozen=True)
class Serving:
    """What the server serves.

    Attributes:
        folder: The directory with the files, from the app's own.
        fallback: What answers a path that is not there: `index.html` for an app with routes of its own, else
            `404.html`.
    """

    folder: str
    fallback: str = "index.html"


def server_for(app: App, serving: Serving) -> tuple[str, str]:
    """Return the name and the text of a server for an app; nothing of the app's own is ever replaced."""
    candidates = chain(NAMES, (f"callboard-server-{number}.js" for number in count(2)))
    name = next(name for name in candidates if name not in app.paths or is_ours(app, name))
    is_root = serving.folder == "."
    settings = {
        "port": app.port,
        "folder": serving.folder,
        "fallback": serving.fallback,
        "status": 200 if serving.fallback == "index.html" else 404,
        "hidden": sorted({*_HIDDEN, name}) if is_root else [],
    }
    head = _MODULE if app.package.is_module else _COMMON
    what = "the app's files" if is_root else f"{serving.folder}/"
    return name, (
        f"{MARK}serves {what} without dependencies. It is yours to change.\n"
        f"{head}const settings = {json.dumps(settings, indent=2)};\n\n{_BODY.read_text(encoding='utf-8')}"
    )


def is_ours(app: App, path: str) -> bool:
    """Say whether a file is a server that an earlier build of ours made."""
    return path in app.paths and app.text(path).startswith(MARK)
