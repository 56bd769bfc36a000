"""Phrases, plurals and names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.generators.template.nouns import noun, plural, singular
from actors.generators.template.phrase import clean, npm_name, shorten, subject


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("book", "books"), ("story", "stories"), ("day", "days"), ("box", "boxes"), ("church", "churches"),
        ("person", "people"), ("guest list", "guest lists"), ("movie", "movies"), ("shoe", "shoes"), ("bus", "buses"),
    ],
)  # fmt: skip
def test_plurals(one: str, many: str) -> None:
    """English, as far as endings and a few exceptions go."""
    assert plural(one) == many


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("books", "book"), ("stories", "story"), ("boxes", "box"), ("glass", "glass"), ("people", "person"),
        ("bus", "bus"), ("movies", "movie"), ("glasses", "glass"), ("news", "news"),
    ],
)  # fmt: skip
def test_singulars(word: str, one: str) -> None:
    """The other way round."""
    assert singular(word) == one


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("Bug", "Tracker"), ("bug", "bugs")),
        (("board", "games"), ("board game", "board games")),
        (("care",), ("", "")),
        (("für", "alle"), ("", "")),
        (("who", "borrowed", "what"), ("", "")),
        ((), ("", "")),
    ],
)
def test_nouns(words: tuple[str, ...], expected: tuple[str, str]) -> None:
    """What cannot be told is left open."""
    assert noun(words) == expected


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("Could you please build me a really nice web app for tracking my bees?", ("bees",)),
        ("Please make a website where people can share photos of dogs, and rate them", ("photos", "of", "dogs")),
        ("todo", ("todo",)),
        ("A (small) *kanban* board!", ("kanban", "board")),
        ("...", ()),
    ],
)
def test_subjects(prompt: str, words: tuple[str, ...]) -> None:
    """What comes before and after what is wanted is left out."""
    assert subject(prompt) == words


@given(st.text(max_size=300))
def test_any_text_makes_a_name_for_npm(text: str) -> None:
    """Lower case, no dots at the start, not empty."""
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", npm_name(text))
    assert len(npm_name(text)) < 214


@pytest.mark.parametrize(("text", "name"), [("", "my-app"), ("http", "http-app"), ("Été à Paris", "ete-a-paris")])
def test_names_for_npm(text: str, name: str) -> None:
    """What npm refuses is made to fit."""
    assert npm_name(text) == name


def test_cleaning() -> None:
    """Control characters, turned text and line breaks."""
    assert clean(" a\x00b \u202e c \r\n\n d ") == "a b c\nd"


def test_shortening_cuts_between_words() -> None:
    """And within one when it is all there is."""
    assert shorten("one two three", 9) == "one two"
    assert shorten("x" * 50, 40) == "x" * 40
