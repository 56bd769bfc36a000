"""What a follow-up changes about an idea, as far as its words name something that the template knows."""

import re
from dataclasses import dataclass, replace
from typing import Optional

from actors.generators.template.extras import add_fields, asked
from actors.generators.template.idea import Field, Idea, Topic
from actors.generators.template.phrase import TITLE, clean, given_name, shorten, tokens
from actors.generators.template.understand import OPEN, options, understand
from actors.generators.template.words import KINDS
from actors.projects.generators.template.turning import wanted_app

CANNOT = (
    "No model was asked, and these words name no change that the template knows: nothing was changed. It can rename "
    'the app ("call it Fern"), add and remove fields ("add a price", "remove the tags"), add a column to a board '
    '("add a column Waiting"), change the colour ("make it green"), the currency or the unit ("use euros"), and become '
    'another kind of app when it is told to ("make it a board"). It cannot write new behaviour, mend a bug or connect '
    "the app to anything: a generator that asks a model can."
)
ELSE = "Whatever else these words ask for was not done: the template does not know it."
HUES = {
    "red": 25, "orange": 50, "amber": 75, "yellow": 95, "lime": 125, "green": 150, "teal": 185, "turquoise": 190,
    "cyan": 205, "blue": 250, "indigo": 275, "purple": 300, "violet": 295, "magenta": 330, "pink": 350, "brown": 55,
}  # fmt: skip
MAX_WORDS = 4
KEPT = frozenset({"flag", "days", "tally", "level"})

_QUOTED = r"[\"'\u201c\u2018\u00ab](?P<quoted>[^\"'\u201d\u2019\u00bb\n]{1,80})[\"'\u201d\u2019\u00bb]"
_RENAMED = re.compile(
    r"\b(?:call (?:it|this|the app|the page)|rename (?:(?:it|this|the (?:app|page)) )?(?:to|as|into)|"
    r"(?:change|set|switch|update) (?:(?:the|its|this) )?(?:(?:app|page)(?:'s)? )?(?:title|name|heading)"
    r"(?: of (?:it|the (?:app|page)))? to|(?:title|name|heading):|"
    # "The title should be bigger" names nothing: a name is quoted, or begins with a capital.
    r"(?:title|name|heading)(?: of (?:it|the (?:app|page)))? (?:should be|is)"
    r"(?=\s+(?:[\"'\u201c\u2018\u00ab]|(?-i:[A-Z]))))\s+"
    rf"(?:{_QUOTED}|(?P<words>[^\n.;!?,]{{1,80}}))",
    re.IGNORECASE,
)
_ABLE = r"(?<!cannot )(?<!can't )(?<!not )(?<!n't )"
"""Who says that something cannot be added asks for no addition."""

_STAGE = r"(?:column|stage|lane|status)"
_COLUMN = re.compile(
    rf"\badd (?:an?|another|the) {_STAGE}(?: (?:called|named|for))?\s+(?:{_QUOTED}|(?P<words>[^\n.;!?,]{{1,40}}))"
    rf"|\badd (?:an? )?{_QUOTED.replace('quoted', 'first')} {_STAGE}",
    re.IGNORECASE,
)
_ADDED = re.compile(
    rf"{_ABLE}(?:\b(?:add|include|also (?:track|record|store|show|keep)|(?:i|we) (?:also )?(?:need|want)|needs)|^with)"
    r"\s+(?!to\b)"
    r"(?P<what>[^\n.;!?]{1,120})",
    re.IGNORECASE,
)
_REMOVED = re.compile(
    rf"{_ABLE}(?:\b(?:remove|drop|delete|hide|get rid of|take away|(?:do not|don't) need)|^without)\s+"
    r"(?P<what>[^\n.;!?]{1,120})",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"\b(?:fields?|columns?|box(?:es)?|inputs?|propert(?:y|ies)|called|named|to (?:it|each|every|the)\b.*|for each.*)",
    re.I,
)
_NAMED_FIELD = re.compile(r"\b(?:fields?|columns?|propert(?:y|ies))\b", re.IGNORECASE)
_VALUED = re.compile(
    r"\b(?:use|switch|change|convert|set|make|show|display|measure|count|want|prefer|currency|units?|instead)\b", re.I
)
_LISTED = re.compile(r"\s*(?:,|\band\b|\bplus\b|&)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Changed:
    """What came of a follow-up.

    Attributes:
        idea: What the app is about now.
        says: What was changed, a sentence each; empty when nothing was.
    """

    idea: Idea
    says: tuple[str, ...]


def change(prompt: str, idea: Idea) -> Changed:
    """Change an idea as a follow-up says.

    Args:
        prompt: Any text.
        idea: What the app is about.
    """
    text = clean(prompt)
    says: list[str] = []
    for step in (_kind, _fields, _column, _without, _values, _colour, _title):
        idea, said = step(text, idea)
        says += said
    return Changed(idea, tuple(says))


def _kind(text: str, idea: Idea) -> tuple[Idea, list[str]]:
    """Another kind of app, when that is what the words ask for."""
    phrase = wanted_app(text)
    wanted = None if phrase is None else understand(phrase)
    if wanted is None or wanted.topic.kind == idea.topic.kind:
        return idea, []
    topic = wanted.topic
    general = topic.kind in OPEN and topic.one in {"item", idea.topic.one}
    if general:
        fields = tuple(_lead(field, idea.topic) for field in topic.fields)
        topic = replace(topic, one=idea.topic.one, many=idea.topic.many, tagline=topic.tagline, fields=fields)
    title = idea.title if general or given_name(idea.prompt) == idea.title else topic.title
    extra = tuple(field for field in idea.topic.fields if field.extra)
    changed = replace(idea, topic=add_fields(topic, extra), title=title, options=dict(wanted.options))
    back = f"To have {KINDS[idea.topic.kind]} again, restore the version from before this: the list of versions has it."
    return changed, [f"It is {KINDS[topic.kind]} now. {back}"]


def _lead(field: Field, topic: Topic) -> Field:
    """The title's field, called after what the app is about."""
    return replace(field, label=f"{topic.one[0].upper()}{topic.one[1:]}") if field.name == "title" else field


def _fields(text: str, idea: Idea) -> tuple[Idea, list[str]]:
    """More fields."""
    if _COLUMN.search(text) and idea.topic.kind == "board":
        return idea, []
    found = _ADDED.search(text)
    what = "" if found is None else found["what"]
    wanted = [asked(part, free=bool(_NAMED_FIELD.search(what))) for part in _parts(what)]
    topic = add_fields(idea.topic, tuple(field for field in wanted if field is not None))
    new = topic.fields[len(idea.topic.fields) :]
    says = [f"Each {topic.one} can have {_listed(tuple(field.label for field in new))} now."] if new else []
    return replace(idea, topic=topic), says


def _parts(what: str) -> list[str]:
    """What is named one after another, without words that say nothing: "a price and a due date field"."""
    named = re.search(r"\bfields? (?:for|called|named) (?P<what>.+)", what, re.IGNORECASE)
    text = _FIELD.sub(" ", named["what"] if named else what)
    parts = (" ".join(tokens(part)) for part in _LISTED.split(text))
    return [part for part in parts if 0 < len(part.split()) <= MAX_WORDS]


def _column(text: str, idea: Idea) -> tuple[Idea, list[str]]:
    """One more column of a board."""
    found = _COLUMN.search(text)
    column = idea.options.get("column")
    if found is None or idea.topic.kind != "board":
        return idea, []
    name = shorten(" ".join(tokens(found["quoted"] or found["words"] or found["first"] or "")), 30)
    field = next((each for each in idea.topic.fields if each.name == column), None)
    if not name or field is None or name in field.choices or len(field.choices) >= 8:
        return idea, []
    name = f"{name[0].upper()}{name[1:]}"
    # The last column is where things end.
    choices = (*field.choices[:-1], name, field.choices[-1])
    fields = tuple(replace(each, choices=choices) if each is field else each for each in idea.topic.fields)
    return replace(idea, topic=replace(idea.topic, fields=fields)), [f'There is a column "{name}" now.']


def _without(text: str, idea: Idea) -> tuple[Idea, list[str]]:
    """Fewer fields: none that the view cannot do without."""
    found = _REMOVED.search(text)
    if found is None:
        return idea, []
    wanted = {_stem(part) for part in _parts(found["what"])}
    gone = [
        field
        for field in idea.topic.fields
        if wanted & {_stem(field.name), _stem(field.label)} and _may_go(field, idea)
    ]
    if not gone:
        return idea, []
    names = {field.name for field in gone}
    fields = tuple(field for field in idea.topic.fields if field.name not in names)
    examples = tuple({key: value for key, value in item.items() if key not in names} for item in idea.topic.examples)
    says = f"{_listed(tuple(field.label for field in gone))} {'are' if len(gone) > 1 else 'is'} not asked for any more."
    return replace(idea, topic=replace(idea.topic, fields=fields, examples=examples)), [says]


def _may_go(field: Field, idea: Idea) -> bool:
    """Whether a page can do without a field."""
    return not field.required and field.type not in KEPT and field.name != idea.options.get("column")


def _stem(words: str) -> str:
    """Words as they are compared: "the tags" is `tag`."""
    text = re.sub(r"^(?:the|an?|its?|all|their)\s+", "", words.lower())
    return text[:-1] if text.endswith("s") else text


def _values(text: str, idea: Idea) -> tuple[Idea, list[str]]:
    """Another currency, or another unit."""
    if not _VALUED.search(text) and len(text.split()) > MAX_WORDS:
        return idea, []
    before = dict(idea.options)
    after = {**before, **options(text, replace(idea.topic, options=before))}
    changes = {name: value for name, value in after.items() if before.get(name) != value}
    if not changes:
        return idea, []
    says = [f"The {name} is {value} now." for name, value in changes.items()]
    return replace(idea, options=after), says


def _colour(text: str, idea: Idea) -> tuple[Idea, list[str]]:
    """Another colour."""
    found = re.search(rf"\b(?P<name>{'|'.join(HUES)})(?:ish)?\b", text, re.IGNORECASE)
    meant = re.search(r"\b(?:colou?rs?|theme|accent|make it|turn it|style|look)\b", text, re.IGNORECASE)
    if found is None or meant is None or HUES[found["name"].lower()] == idea.hue:
        return idea, []
    name = found["name"].lower()
    return replace(idea, hue=HUES[name], topic=replace(idea.topic, hue=HUES[name])), [f"Its colour is {name} now."]


def _title(text: str, idea: Idea) -> tuple[Idea, list[str]]:
    """Another name."""
    title = _renamed(text) or given_name(text)
    if not title or title == idea.title or _COLUMN.search(text) or _FIELD.search(text):
        return idea, []
    return replace(idea, title=title), [f'It is called "{title}" now.']


def _renamed(text: str) -> Optional[str]:
    """The name that is given, without what follows it."""
    found = _RENAMED.search(text)
    if found is None:
        return None
    words = found["quoted"] or re.split(r"\s+(?:and|but|with|please)\s+(?=[a-z])|\s+please$", found["words"])[0]
    name = shorten(" ".join(tokens(words)), TITLE)
    return f"{name[0].upper()}{name[1:]}" if name else None


def _listed(names: tuple[str, ...]) -> str:
    """Names as people list them."""
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
