"""The files of an app: complete, and safe whatever the prompt says."""

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.generators.template.render import FILES, MARK, render
from actors.generators.template.topics import TOPICS
from actors.generators.template.understand import understand
from actors.generators.template.words import ICONS, KINDS, STORIES, VIEWS

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a tracker called '<b>x</b>'",
    "notes </title><svg onload=alert(1)>",
    "{{port}} {{title}} {{nothing}}",
    "[click](javascript:alert(1)) `x` | y\n# z",
    "\\u003cscript\\u003e ${process.exit()} ` */ //",
)


class Tags(HTMLParser):
    """Collects what a page has in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, "str | None"]]) -> None:
        """Keep the tag with the names of its attributes."""
        self.tags.append(" ".join([tag, *(name for name, _ in attrs)]))


def files(prompt: str) -> dict[str, str]:
    """The app for a prompt."""
    return {file.path: file.text for file in render(understand(prompt), "an-app", 5000)}


def tags(page: str) -> list[str]:
    """Every tag of a page."""
    parser = Tags()
    parser.feed(page)
    return parser.tags


def test_what_an_app_is_made_of() -> None:
    """What the contract asks for, and what a person looks for."""
    made = files("a habit tracker")

    wanted = {"package.json", "server.js", "README.md", ".gitignore", ".env.example", "public/index.html"}
    specs = {"business_prd.md", "frontend-interaction-spec.md", "technical-implementation-spec.md"}
    assert wanted | {f"specs/{name}" for name in specs} <= set(made)
    assert json.loads(made["package.json"])["scripts"]["start"] == "node server.js"
    assert "const DEFAULT_PORT = 5000;" in made["server.js"]
    assert json.loads(made["public/idea.json"])["prompt"] == "a habit tracker"
    assert "Made from a template for" in made["public/lib/page.js"]


def test_the_steps_come_in_their_order() -> None:
    """Specs, then what runs, then what is seen."""
    steps = [file.step for file in render(understand("notes"), "an-app", 5000)]

    assert list(dict.fromkeys(steps)) == ["specify", "structure", "frontend"]
    assert steps == sorted(steps, key=["specify", "structure", "frontend"].index)


def test_every_kind_has_all_of_its_parts() -> None:
    """A view, its style, a picture and words."""
    for kind in {topic.kind for topic in TOPICS}:
        assert (FILES / "views" / f"{kind}.js").is_file()
        assert (FILES / "views" / f"{kind}.css").is_file()
        assert all(kind in table for table in (ICONS, KINDS, STORIES, VIEWS))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: str(topic.title))
def test_nothing_is_left_to_fill_in(topic: object) -> None:
    """Of any subject."""
    for path, text in files(str(getattr(topic, "title", ""))).items():
        assert not MARK.search(text), path


@pytest.mark.parametrize("prompt", HOSTILE)
def test_a_prompt_stays_text(prompt: str) -> None:
    """In the page, in JSON and in Markdown; code does not have it at all."""
    made, harmless = files(prompt), files("a board")

    assert tags(made["public/index.html"]) == tags(harmless["public/index.html"])
    assert json.loads(made["public/idea.json"])["title"] == understand(prompt).title
    for path, text in made.items():
        if path.endswith(".md"):
            assert not re.search(r"<(?!http://localhost)[a-z/]", text), path
        if path.startswith("server"):
            assert text == harmless[path]


def test_the_same_prompt_makes_the_same_app() -> None:
    """To the byte."""
    assert files("a poll for lunch") == files("a poll for lunch")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_prompt_makes_whole_files(prompt: str) -> None:
    """UTF-8, JSON that parses, and a page with the same tags as any other."""
    made = files(prompt)

    assert tags(made["public/index.html"]) == tags(files("a board")["public/index.html"])
    assert json.loads(made["package.json"])["name"] == "an-app"
    assert json.loads(made["public/idea.json"])["fields"]
    for text in made.values():
        text.encode()
