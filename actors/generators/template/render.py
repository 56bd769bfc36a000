"""An idea as files: the texts under `files` with their marks filled in, each escaped as its kind of file needs it."""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from actors.generators.base import FRONTEND, SPECIFY, STRUCTURE
from actors.generators.template.idea import Idea
from actors.generators.template.phrase import npm_name
from actors.generators.template.words import ICONS, VIEWS, fields_table, stories, understanding

FILES = Path(__file__).parent / "files"
MARK = re.compile(r"\{\{([a-z]+)\}\}")
MARKDOWN = re.compile(r"[\\`*_\[\]#|~!]")
COUNT = '\n| `POST /api/items/ID/count` | counts one more: `{"field": "votes", "key": answer}` |'
NODE = ">=18.11"


@dataclass(frozen=True)
class Rendered:
    """One file of the app.

    Attributes:
        step: The step that writes it.
        path: Relative, with `/`.
        text: What is in it.
    """

    step: str
    path: str
    text: str


@dataclass(frozen=True)
class Marks:
    """What is filled in.

    Attributes:
        ours: Texts of our own, good for any file as they are.
        theirs: Texts that come from the prompt: only for files whose escapes are known.
    """

    ours: Mapping[str, str]
    theirs: Mapping[str, str]


def render(idea: Idea, name: str, port: int) -> tuple[Rendered, ...]:
    """The whole app with its server, in the order in which it is written.

    Args:
        idea: What it is about.
        name: What it is called in `package.json`; made to fit npm's rules.
        port: Where it listens when the environment says nothing else.
    """
    marks = make_marks(idea, port=str(int(port)))
    sources = {f"specs/{path}": f"specs/{path}" for path in _listed("specs")}
    sources.update({path.replace("dot-", "."): f"app/{path}" for path in _listed("app")})
    texts = {path: fill(_source(source), Path(source).suffix, marks) for path, source in sources.items()}
    texts.update({f"public/{path}": text for path, text in page(idea).items()})
    texts["package.json"] = _json(_package(idea, name))
    texts["public/idea.json"] = _json(idea_json(idea))
    order = (SPECIFY, STRUCTURE, FRONTEND)
    files = (Rendered(_step(path), path, text) for path, text in texts.items())
    return tuple(sorted(files, key=lambda file: (order.index(file.step), file.path.count("/"), file.path)))


def page(idea: Idea) -> dict[str, str]:
    """What a page is made of, whoever keeps its items: `lib/page.js` and what it needs, `view.js`, styles, `icon.svg`.

    Missing are `lib/storage.js`, and what mounts the page.
    """
    marks = make_marks(idea)
    sources = {path: f"page/{path}" for path in _listed("page")}
    sources.update({f"view{end}": f"views/{idea.topic.kind}{end}" for end in (".css", ".js")})
    return {path: fill(_source(source), Path(source).suffix, marks) for path, source in sources.items()}


def idea_json(idea: Idea) -> dict[str, Any]:
    """The idea as the page reads it."""
    return {**idea.as_json(), "icon": ICONS[idea.topic.kind]}


def _step(path: str) -> str:
    """The step that writes a file."""
    return {"specs": SPECIFY, "public": FRONTEND}.get(path.partition("/")[0], STRUCTURE)


def _package(idea: Idea, name: str) -> dict[str, Any]:
    """The app's `package.json`."""
    return {
        "name": npm_name(name),
        "version": "0.1.0",
        "private": True,
        "description": f"{idea.title}. {idea.topic.tagline}",
        "type": "module",
        "engines": {"node": NODE},
        "scripts": {"start": "node server.js", "dev": "node --watch server.js"},
    }


def make_marks(idea: Idea, **ours: str) -> Marks:
    """What the marks in the files stand for.

    Args:
        idea: What the app is about.
        ours: More of our own.
    """
    topic = idea.topic
    known = {
        "hue": str(int(idea.hue)),
        "icon": ICONS[topic.kind],
        "view": VIEWS[topic.kind],
        "stories": stories(idea),
        "fields": fields_table(topic.fields),
        "count": COUNT if topic.kind == "poll" else "",
        "understanding": understanding(idea),
    }
    theirs = {
        "title": idea.title,
        "tagline": topic.tagline,
        "one": topic.one,
        "many": topic.many,
        "prompt": idea.prompt,
    }
    return Marks({**known, **ours}, theirs)


def fill(text: str, suffix: str, marks: Marks) -> str:
    """A text with its marks filled in; a prompt's words in a file of another kind are an error of ours.

    Args:
        text: With marks such as `{{title}}`.
        suffix: The kind of file, which says how words are escaped.
        marks: What they stand for.
    """
    escape = ESCAPES.get(suffix)
    theirs = {name: escape(words) for name, words in marks.theirs.items()} if escape else {}
    texts = {**marks.ours, **theirs}
    return MARK.sub(lambda mark: texts[mark.group(1)], text)


def _markdown(text: str) -> str:
    """A text that shows as it is in Markdown, and that no renderer takes for HTML."""
    return MARKDOWN.sub(lambda found: f"\\{found.group()}", html.escape(text, quote=False))


ESCAPES: Mapping[str, Callable[[str], str]] = {".html": html.escape, ".md": _markdown}


def _json(value: Mapping[str, Any]) -> str:
    """JSON for a file that people read."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


@cache
def _listed(folder: str) -> tuple[str, ...]:
    """The files below a folder of ours, relative to it."""
    root = FILES / folder
    return tuple(sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()))


@cache
def _source(path: str) -> str:
    """The text of a file of ours."""
    return (FILES / path).read_text(encoding="utf-8")
