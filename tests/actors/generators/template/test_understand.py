"""What a prompt is taken for."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.generators.template.phrase import TITLE
from actors.generators.template.topics import TOPICS
from actors.generators.template.understand import understand

PROMPTS = (
    ("a habit tracker", "habits", "Habit Tracker", "habits"),
    ("Build me a todo list app with dark mode", "checklist", "Todo List", "tasks"),
    ("shopping list", "checklist", "Shopping List", "items"),
    ("I need a packing list for trips", "checklist", "Packing List", "things"),
    ("a place for my notes", "notes", "Notes", "notes"),
    ("Create a personal journal / diary app", "notes", "Journal", "entries"),
    ("expense tracker in euros", "ledger", "Expense Tracker", "expenses"),
    ("a budget planner", "ledger", "Budget Planner", "expenses"),
    ("a pomodoro timer", "timer", "Pomodoro Timer", "sessions"),
    ("workout timer", "timer", "Workout Timer", "sessions"),
    ("workout log", "log", "Workout Log", "workouts"),
    ("recipe box", "collection", "Recipe Box", "recipes"),
    ("I want an app to track the books I read", "collection", "Books", "books"),
    ("Plant care app", "collection", "Plant Care", "plants"),
    ("a poll for our team lunch", "poll", "Poll", "polls"),
    ("birthday calendar", "agenda", "Birthday Calendar", "events"),
    ("weight tracker in kg", "log", "Weight Tracker", "measurements"),
    ("flashcards for learning Spanish", "cards", "Flashcards", "cards"),
    ("bug tracker", "board", "Bug Tracker", "issues"),
    ("an app to track my job applications", "board", "Job Applications", "applications"),
    ("how much do we spend on the dog", "ledger", "Expenses", "expenses"),
    ("whose turn is it to do the cleaning", "checklist", "Chores", "chores"),
    ("cake orders for our bakery", "board", "Cake Orders", "orders"),
    ("an RSVP page", "collection", "RSVP Page", "guests"),
    ("Eine App für Rezepte", "collection", "Eine App für Rezepte", "recipes"),
    ("Einkaufsliste", "checklist", "Einkaufsliste", "items"),
    ("一个习惯追踪应用", "habits", "一个习惯追踪应用", "habits"),
    ("買い物リスト", "checklist", "買い物リスト", "items"),
    ("приложение для заметок", "notes", "Приложение для заметок", "notes"),
)

GENERAL = (
    ("a web app for managing beehives", "Beehives", "beehives"),
    ("a tool to organize volunteers at a food bank", "Volunteers", "volunteers"),
    ("wedding guest list", "Wedding Guest List", "wedding guests"),
    ("warranty tracker", "Warranty Tracker", "warranties"),
    ("lost and found for our school", "Lost and Found", "items"),
    ("landing page for a bakery", "Landing Page", "items"),
    ("", "My Board", "items"),
    ("\U0001f680\U0001f680", "My Board", "items"),
    ("app", "My Board", "items"),
    ("<script>alert(1)</script>", "Alert 1", "items"),
)


@pytest.mark.parametrize(("prompt", "kind", "title", "many"), PROMPTS)
def test_known_subjects(prompt: str, kind: str, title: str, many: str) -> None:
    """The words say the kind, the title and what the items are called."""
    idea = understand(prompt)

    assert (idea.topic.kind, idea.title, idea.topic.many) == (kind, title, many)
    assert idea.understood


@pytest.mark.parametrize(("prompt", "title", "many"), GENERAL)
def test_anything_else_is_a_board_of_it(prompt: str, title: str, many: str) -> None:
    """The noun is the prompt's own where it has one."""
    idea = understand(prompt)

    assert (idea.topic.kind, idea.title, idea.topic.many) == ("board", title, many)
    assert not idea.understood


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("plants, and when they were last watered", {"last_watered"}),
        ("a kanban board for orders, and whether it is paid", {"paid"}),
        ("a list of books with price and due date", {"price", "due"}),
        ("books", set()),
    ],
)
def test_fields_that_a_prompt_names_besides(prompt: str, names: set[str]) -> None:
    """They come after those of the subject, and the page shows them with their labels."""
    fields = understand(prompt).topic.fields

    assert {field.name for field in fields if field.extra} - {"customer"} - names <= {"due"}
    assert names <= {field.name for field in fields}


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("a Vite app for chores", "Chores"),
        ('Make an expense tracker called "Penny Wise"', "Penny Wise"),
        ("a habit tracker named Fern for my sister", "Fern"),
        ("a notes app called Quiet Corner, with tags", "Quiet Corner"),
    ],
)
def test_a_name_that_is_asked_for(prompt: str, title: str) -> None:
    """It wins over the words of the subject."""
    assert understand(prompt).title == title


@pytest.mark.parametrize(
    ("prompt", "option", "value"),
    [
        ("expenses in \u20ac", "currency", "EUR"),
        ("an expense tracker for dollars", "currency", "USD"),
        ("track my weight in pounds", "unit", "lb"),
        ("weight log", "unit", "kg"),
    ],
)
def test_currency_and_unit(prompt: str, option: str, value: str) -> None:
    """They are what the prompt says."""
    assert understand(prompt).options[option] == value


def test_the_same_prompt_is_always_the_same_idea() -> None:
    """Nothing is left to chance; another prompt may well get another colour."""
    assert understand("a board for stars") == understand("a board for stars")
    assert len({understand(f"a board for stars {number}").hue for number in range(30)}) > 5


def test_a_very_long_prompt() -> None:
    """Its start counts, and what is quoted is bounded."""
    idea = understand("a habit tracker " + "with everything " * 10_000)

    assert idea.topic.kind == "habits"
    assert len(idea.prompt) < 300
    assert idea.title == "Habit Tracker"


def test_every_topic_has_examples_of_its_own_fields() -> None:
    """And is found by each of its own words."""
    for topic in TOPICS:
        names = {field.name for field in topic.fields}
        required = {field.name for field in topic.fields if field.required and field.default is None}
        for item in topic.examples:
            assert required <= set(item) <= names, topic.title
        for word in topic.words:
            assert understand(word).understood, word


@given(st.text(max_size=300))
@example("\ud800 lone")
@example("\u202egnp.exe")
@example("a" * 5000)
@example("'\"><img src=x onerror=alert(1)>")
def test_any_text_is_an_idea(prompt: str) -> None:
    """With a title that is there, short, printable and on one line."""
    idea = understand(prompt)

    assert 0 < len(idea.title) <= TITLE
    assert idea.title.isprintable() or "\u200d" in idea.title
    assert "\n" not in idea.prompt
    assert 0 <= idea.hue < 360
    idea.title.encode()
    idea.prompt.encode()
