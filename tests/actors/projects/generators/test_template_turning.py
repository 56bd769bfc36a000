"""Which follow-ups make another kind of app, and which only name one by a stray word."""

import pytest

from actors.generators.template.understand import understand
from actors.projects.generators.template.changing import change
from actors.projects.generators.template.turning import wanted_app

BOOKS = "an app for the books I read"


@pytest.mark.parametrize(
    "prompt",
    [
        "connect it to stripe and send invoices",
        "fix the bug where the date is wrong",
        "fix the problem with the date",
        "there is an issue with long notes",
        "the title is wrong",
        "the title should be bigger",
        "show a poll under each book",
        "let people vote for books",
        "send me a reminder by mail",
        "I want to see the budget of each month",
        "I want a reminder",
        "make a note that the dates are wrong",
        "create an invoice",
        "make the habit of reading visible",
        "make it faster when there are many tasks",
        "make it a bit bigger",
        "a bigger button for notes",
        "a link to my blog",
        "do not turn it into a board",
        "what happens when I turn it into a board?",
        "turn the notes into a table",
        "I want a calendar instead of the date box",
        "use a calendar instead of a text box for the date",
        "I cannot add a date",
        "it fails without the tags",
        "the app crashes with a due date",
        "the price in $ of my expenses is shown twice, mend that",
        "make it look like a kanban board",
        "why is this no habit tracker",
        "a bug in the app",
        "wait a minute, the timer is broken",
    ],
)
def test_stray_words_change_nothing(prompt: str) -> None:
    """Neither the kind nor anything else."""
    idea = understand(BOOKS)
    assert idea.topic.kind == "collection"

    changed = change(prompt, idea)

    assert (changed.idea, changed.says) == (idea, ())


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("make it a board", "board"),
        ("Please turn it into a kanban board", "board"),
        ("change it to a to-do list", "checklist"),
        ("convert this app to a habit tracker, please", "habits"),
        ("can you make this an expense tracker?", "ledger"),
        ("make this into a poll", "poll"),
        ("I want a calendar instead", "agenda"),
        ("I want a habit tracker instead of this", "habits"),
        ("make it a habit app instead", "habits"),
        ("turn it into a board please", "board"),
        ("a job application app", "board"),
        ("we'd rather have a pomodoro timer", "timer"),
        ("build me a habit tracker instead of a book list", "habits"),
        ("a habit tracker", "habits"),
        ("A to-do list with due dates.", "checklist"),
        ("build me a tracker for my habits", "habits"),
        ("an app for my expenses", "ledger"),
        ("call it Fern and turn it into flashcards", "cards"),
        ("It is too plain. Turn it into a journal and send invoices.", "notes"),
        ("ok, now make it a lost and found board", "board"),
    ],
)
def test_another_kind_that_is_asked_for(prompt: str, kind: str) -> None:
    """It is made, and how to go back is said."""
    changed = change(prompt, understand(BOOKS))

    assert changed.idea.topic.kind == kind
    assert "the list of versions has it" in " ".join(changed.says)


@pytest.mark.parametrize(
    "prompt",
    ["", "a" * 4000, "a " * 2000, "make it " * 500, "and please, " * 330, "i want a " * 400, "please  ," * 440],
)
def test_no_text_is_too_strange_to_read(prompt: str) -> None:
    """Nor slow to."""
    assert wanted_app(prompt) is None
