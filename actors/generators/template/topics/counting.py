"""What people count: money, measurements, votes."""

from dataclasses import replace

from actors.generators.template.idea import Field, Topic

MONEY = Topic(
    kind="ledger",
    one="expense",
    many="expenses",
    title="Expenses",
    tagline="Where the money goes.",
    words=(
        "expense", "budget", "spending", "money", "finance", "invoice", "bill", "income", "savings", "subscription",
        "cost", "spend", "spent", "owe", "debt", "salary",
        "ausgaben", "haushaltsbuch", "dépense", "gasto", "gastos", "presupuesto", "spese", "记账", "家計簿",
        "расход",
    ),
    weight=4.5,
    fields=(
        Field("name", "What", required=True, hint="Groceries"),
        Field("amount", "Amount", "number", required=True, min=0, max=10_000_000),
        Field(
            "category", "Category", "choice", required=True, default="Food",
            choices=("Food", "Home", "Transport", "Health", "Fun", "Other", "Income"),
        ),
        Field("date", "Day", "date", required=True),
        Field("note", "Note"),
    ),
    examples=(
        {"name": "Groceries", "amount": 42.5, "category": "Food", "date": "today"},
        {"name": "Train ticket", "amount": 18, "category": "Transport", "date": "today-1"},
        {"name": "Cinema", "amount": 12, "category": "Fun", "date": "today-2"},
        {"name": "Internet", "amount": 30, "category": "Home", "date": "today-4"},
    ),
    options={"income": "Income"},
    hue=165,
)  # fmt: skip


def _log(
    one: str,
    many: str,
    title: str,
    tagline: str,
    words: tuple[str, ...],
    unit: str,
    values: tuple[float, ...],
    hue: int,
) -> Topic:
    """Measurements over time; the last example is of today."""
    last = len(values) - 1
    return Topic(
        kind="log",
        one=one,
        many=many,
        title=title,
        tagline=tagline,
        words=words,
        fields=(
            Field("value", "Value", "number", required=True, min=0, max=1_000_000),
            Field("date", "Day", "date", required=True),
            Field("note", "Note", hint="Anything unusual?"),
        ),
        examples=tuple(
            {"value": value, "date": f"today-{(last - number) * 2}" if number < last else "today"}
            for number, value in enumerate(values)
        ),
        options={"unit": unit},
        hue=hue,
    )


WEIGHT = _log(
    "measurement", "measurements", "Weight Log", "The line matters, not the day.",
    ("weight", "bmi", "gewicht", "poids", "peso", "体重"), "kg", (72.4, 72.1, 72.3, 71.8, 71.9, 71.4), 200,
)  # fmt: skip
WATER = _log(
    "drink", "drinks", "Water Intake", "A glass at a time.",
    ("water", "hydration", "drink", "wasser"), "glasses", (5, 6, 4, 7, 8, 7), 225,
)  # fmt: skip
SLEEP = _log(
    "night", "nights", "Sleep Log", "How the nights add up.", ("sleep", "schlaf"), "h", (7, 6.5, 8, 7.5, 6, 8), 275
)
MOOD = _log(
    "mood", "moods", "Mood Tracker", "From 1, hard, to 5, great.",
    ("mood", "feeling", "emotion", "stimmung"), "", (3, 4, 2, 4, 5, 4), 310,
)  # fmt: skip
WORKOUTS = _log(
    "workout", "workouts", "Workout Log", "Every minute counts.",
    ("workout", "exercise", "fitness", "gym", "running", "training", "cycling", "sport", "运动"),
    "min", (30, 25, 45, 20, 40, 50), 30,
)  # fmt: skip
PRESSURE = replace(
    _log(
        "measurement", "measurements", "Blood Pressure", "Morning and evening, in one line.",
        ("blood pressure", "blutdruck", "tension artérielle", "presión arterial", "血压"), "mmHg",
        (128, 126, 131, 124, 125, 122), 5,
    ),
    fields=(
        Field("value", "Upper value", "number", required=True, min=0, max=400),
        Field("lower", "Lower value", "number", min=0, max=400, extra=True),
        Field("pulse", "Pulse", "number", min=0, max=400, extra=True),
        Field("date", "Day", "date", required=True),
        Field("note", "Note", hint="Anything unusual?"),
    ),
)  # fmt: skip
READINGS = _log(
    "measurement", "measurements", "Measurements", "One number at a time, and where it is heading.",
    ("measurement", "temperature", "blood sugar", "heart rate", "step", "calorie", "mileage",
     "metric", "sensor", "energy", "electricity", "score", "statistic"),
    "", (12, 14, 13, 17, 16, 19), 230,
)  # fmt: skip

POLLS = Topic(
    kind="poll",
    one="poll",
    many="polls",
    title="Polls",
    tagline="Ask, vote, and see at once.",
    words=(
        "poll",
        "vote",
        "voting",
        "survey",
        "election",
        "decide",
        "decision",
        "umfrage",
        "abstimmung",
        "sondage",
        "encuesta",
        "投票",
        "опрос",
    ),
    weight=4.5,
    fields=(
        Field("question", "Question", required=True, max=200, hint="Where shall we eat?"),
        Field("options", "Answers", "lines", required=True, min=2, max=12, hint="One on each line"),
        Field("votes", "Votes", "tally"),
    ),
    examples=(
        {"question": "Where shall we eat on Friday?", "options": ("Noodles", "Pizza", "A picnic in the park")},
        {"question": "When do we meet?", "options": ("Morning", "Afternoon", "Evening")},
    ),
    hue=350,
)

TOPICS = (MONEY, POLLS, WEIGHT, WATER, SLEEP, MOOD, WORKOUTS, PRESSURE, READINGS)
