"""What prompts and follow-ups mean to the project generator `template`."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.generators.template.topics import TOPICS
from actors.generators.template.understand import understand
from actors.projects.generators.template.changing import change
from actors.projects.generators.template.choosing import choose
from actors.projects.generators.template.remembering import remember
from actors.projects.generators.template.rendering import SHAPES, render

PLANTS = "an app for the plants I own"


@pytest.mark.parametrize(
    ("prompt", "starter"),
    [
        ("a todo app", "vite"),
        ("a todo app in React", "react"),
        ("Next.js blog", "next"),
        ("nextjs blog", "next"),
        ("what to do next", "vite"),
        ("a poll where people react to photos", "vite"),
        ("polls that my team can react on", "vite"),
        ("a static page with my books", "static"),
    ],
)
def test_the_starter_is_the_one_that_is_named(prompt: str, starter: str) -> None:
    """And `vite` when none is."""
    assert choose(prompt) == starter


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("call it Fern", 'called "Fern"'),
        ("Rename the app to Garden Log please", 'called "Garden Log"'),
        ("change the title to 'My Plants'", 'called "My Plants"'),
        ("add a due date and a price", '"Due" and "Price"'),
        ("add a field for serial number", '"Serial number"'),
        ("also track the purchase date", '"Purchase date"'),
        ("remove the rating", '"Rating" is not'),
        ("drop the tags and the notes", '"Tags" and "Notes" are not'),
        ("make it blue", "blue"),
        ("turn it into a kanban board", "a board"),
        ("I want a calendar instead", "an agenda"),
    ],
)
def test_follow_ups_that_are_known(prompt: str, words: str) -> None:
    """Each says what it changed."""
    assert words in " ".join(change(prompt, understand(PLANTS)).says)


@pytest.mark.parametrize(
    "prompt",
    ["", "add user accounts with login", "deploy it", "the button is too small", "remove the title", "thanks!"],
)
def test_follow_ups_that_are_not(prompt: str) -> None:
    """They change nothing at all."""
    idea = understand(PLANTS)

    assert (change(prompt, idea).idea, change(prompt, idea).says) == (idea, ())


def test_a_board_gets_a_column() -> None:
    """Before the last one, where things end."""
    changed = change("add a column called Waiting", understand("a kanban board"))

    status = next(field for field in changed.idea.topic.fields if field.name == "status")
    assert status.choices == ("To do", "Doing", "Waiting", "Done")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: str(topic.title))
@pytest.mark.parametrize("starter", SHAPES)
def test_an_idea_is_remembered(topic: object, starter: str) -> None:
    """Rendered again it gives the same files: a follow-up that changes nothing writes nothing."""
    idea = understand(str(getattr(topic, "title", "")))
    files = render(idea, starter, "project-1")
    found = remember(files[SHAPES[starter].idea])

    assert found is not None
    assert found[1] == "project-1"
    assert render(found[0], starter, "project-1") == files


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_words_can_be_changed_by_any_words(prompt: str, follow_up: str) -> None:
    """What comes out can be written, and read again."""
    idea = change(follow_up, understand(prompt)).idea
    text = render(idea, "vite", "project-1")["src/idea.js"]
    found = remember(text)

    assert found is not None
    assert found[0].as_json() == idea.as_json()
    assert json.loads(text.partition("export default ")[2].rstrip(";\n"))["store"] == "project-1"


@given(st.text(max_size=300))
def test_no_text_is_remembered_that_is_none(text: str) -> None:
    """And none is an error."""
    assert remember(f"export default {text}") is None
