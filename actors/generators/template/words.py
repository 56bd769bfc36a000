"""What the template says about its own kinds of app: to people, in specs and in pictures."""

from collections.abc import Mapping

from actors.generators.template.idea import Field, Idea

VIEWS: Mapping[str, str] = {
    "habits": "cards with the last seven days of each, to tick off, and the length of each streak",
    "checklist": "a list to tick off, with a box to add to it, a filter and a measure of what is done",
    "timer": "a timer with a dial, and the sessions that were finished, day by day",
    "board": "a board with a column for each stage, to drag cards through or to move them with arrows",
    "agenda": "a month, and what comes, day by day",
    "notes": "cards of text with search and tags",
    "collection": "cards with tags, to search, to filter and to order",
    "cards": "one card at a time to learn from, the least known first, and a list of all of them",
    "ledger": "the totals of a month, a bar for each category, and every entry, day by day",
    "log": "the latest number, the average, the change and a line through all of them",
    "poll": "questions whose answers are buttons, with a bar for the votes of each",
}
"""What each kind of page shows."""

KINDS: Mapping[str, str] = {
    "habits": "a habit tracker",
    "checklist": "a list to tick off",
    "timer": "a timer",
    "board": "a board",
    "agenda": "an agenda",
    "notes": "notes",
    "collection": "a collection",
    "cards": "flashcards",
    "ledger": "a record of money",
    "log": "a log of measurements",
    "poll": "polls",
}
"""What each kind of app is called."""

STORIES: Mapping[str, tuple[str, ...]] = {
    "habits": ("tick off a day", "see how long a streak is"),
    "checklist": ("tick one off", "see only what is open, or done", "clear what is done"),
    "timer": ("start, pause and reset a timer", "see how much time each day got"),
    "board": ("move one to another column", "search"),
    "agenda": ("look at a month, or at one day", "see what comes next, and how soon"),
    "notes": ("search, and filter by tag", "see the newest first"),
    "collection": ("search, filter by tag and put in order", "see the best at a glance"),
    "cards": ("turn a card over", "say whether they knew it; what they did not comes back first"),
    "ledger": ("see the total of a month, and of each category", "look at other months"),
    "log": ("see a line through a month, a quarter, a year or all", "see the average and the change"),
    "poll": ("vote for an answer", "see the share of each at once"),
}
"""What people do in each kind, besides adding, changing and deleting."""

ICONS: Mapping[str, str] = {
    "habits": "M12 21V11M12 13C12 8 9 5 4 5c0 5 3 8 8 8zM12 11c0-4 3-6 8-6 0 5-3 7-8 7",
    "checklist": "M3 6l2 2 3-4M3 16l2 2 3-4M12 6h9M12 17h9",
    "timer": "M12 5a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 9v4l3 2M9 2h6",
    "board": "M4 4h4v16H4zM10 4h4v10h-4zM16 4h4v13h-4z",
    "agenda": "M4 6h16v15H4zM4 11h16M8 3v5M16 3v5",
    "notes": "M5 3h10l4 4v14H5zM9 11h6M9 15h6M14 3v5h5",
    "collection": "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
    "cards": "M7 8h14v12H7zM4 16V4h13",
    "ledger": "M3 7h18v13H3zM3 7l13-4v4M16 13h5",
    "log": "M3 3v18h18M7 15l4-5 3 3 6-8",
    "poll": "M4 21V11h4v10zM10 21V3h4v18zM16 21v-7h4v7z",
}
"""The path of each kind's picture, in a square of 24."""


def article(noun: str) -> str:
    """A noun with its article."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def understanding(idea: Idea) -> str:
    """What a prompt was taken for, in one or two sentences."""
    topic = idea.topic
    if not idea.understood:
        return f"Its words name no kind of app that the template knows, so this is a general board for {topic.many}."
    of = f" of {topic.many}" if topic.kind in {"board", "collection"} else ""
    return f"The prompt was read as {KINDS[topic.kind]}{of}."


def stories(idea: Idea) -> str:
    """What people do, as a Markdown list."""
    one = idea.topic.one
    done = (f"add {article(one)}, change it and delete it", *STORIES[idea.topic.kind])
    return "\n".join(f"- They {story}." for story in done)


def fields_table(fields: tuple[Field, ...]) -> str:
    """The fields of an item, as a Markdown table."""
    rows = (
        f"| `{field.name}` | {field.label} | {_kind(field)} | {'yes' if field.required else ''} |" for field in fields
    )
    return "\n".join(("| field | for people | kind | needed |", "|---|---|---|---|", *rows))


def _kind(field: Field) -> str:
    """What a field takes, in a few words."""
    return f"{field.type}: {', '.join(field.choices)}" if field.choices else field.type
