"""An idea as the files of an app without a server of its own, in each of the starters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from actors.generators.template.idea import Idea
from actors.generators.template.render import fill, idea_json, make_marks, page

FILES = Path(__file__).parent / "files"
STYLES = ("style.css", "parts.css", "form.css", "view.css")
HEAD = "// What the app is about, and the fields of each item. A new field is one entry in `fields`.\nexport default "
STATIC = "static"


@dataclass(frozen=True)
class Shape:
    """Where things are in the apps of one starter.

    Attributes:
        modules: The directory of the page's modules.
        start: The module that puts the app together.
        style: The one style sheet.
        icon: The app's picture.
        own: Files that only this starter has: their paths, and what they are made from.
        marks: What its `index.html` wants to know.
        tool: The tool that makes the starter; empty when there is nothing to make.
    """

    modules: str
    start: str
    style: str
    icon: str
    own: Mapping[str, str]
    marks: Mapping[str, str]
    tool: str = ""

    @property
    def idea(self) -> str:
        """The file that says what the app is about."""
        return f"{self.modules}/idea.js"


_LINK = '\n    <link rel="stylesheet" href="./src/style.css" />'
_PLAIN = {"index.html": "index.html", "src/main.js": "plain/main.js"}
_REACT = {"index.html": "index.html", "src/App.jsx": "react/App.jsx"}
_NEXT = {"app/layout.jsx": "next/layout.jsx", "app/page.jsx": "next/page.jsx", "ui/App.jsx": "next/App.jsx"}

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "vite": Shape(
            "src", "src/app.js", "src/style.css", "public/favicon.svg", _PLAIN,
            {"favicon": "/favicon.svg", "style": _LINK, "entry": "./src/main.js"}, "create_vite_app",
        ),
        "react": Shape(
            "src", "src/start.js", "src/style.css", "public/favicon.svg", _REACT,
            {"favicon": "/favicon.svg", "style": "", "entry": "/src/main.jsx"}, "create_react_app",
        ),
        "next": Shape("ui", "ui/start.js", "app/globals.css", "app/icon.svg", _NEXT, {}, "create_next_app"),
        STATIC: Shape(
            "src", "src/app.js", "src/style.css", "favicon.svg", _PLAIN,
            {"favicon": "./favicon.svg", "style": _LINK, "entry": "./src/main.js"},
        ),
    }
)  # fmt: skip
"""Each starter's shape; `static` is an app that needs no Node: its `index.html` is served as it is."""


def render(idea: Idea, starter: str, store: str) -> dict[str, str]:
    """The files that make a starter the app.

    Args:
        idea: What it is about.
        starter: A key of `SHAPES`.
        store: The name under which a browser keeps its items: always the same for one project.

    Returns:
        Texts by their paths. The idea comes first.
    """
    shape = SHAPES[starter]
    marks = make_marks(idea, **shape.marks)
    parts = page(idea)
    files = {shape.idea: f"{HEAD}{_json({**idea_json(idea), 'store': store})};\n"}
    files.update({path: fill(_source(source), Path(source).suffix, marks) for path, source in shape.own.items()})
    files[shape.start] = _source("start.js")
    files[f"{shape.modules}/lib/storage.js"] = _source("storage.js")
    modules = {path: text for path, text in parts.items() if path.endswith(".js")}
    files.update({f"{shape.modules}/{path}": text for path, text in sorted(modules.items())})
    files[shape.style] = "\n".join(parts[name] for name in STYLES)
    files[shape.icon] = parts["icon.svg"]
    return files


def _json(value: Mapping[str, object]) -> str:
    """JSON that is a JavaScript expression too, for people to read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@cache
def _source(path: str) -> str:
    """The text of a file of ours."""
    return (FILES / path).read_text(encoding="utf-8")
