"""What people do: habits, tasks, lists to tick off, time to spend."""

from actors.generators.template.idea import Field, Topic

DONE = Field("done", "Done", "flag", default=False)
NOTE = Field("note", "Note", hint="Anything worth remembering")

HABITS = Topic(
    kind="habits",
    one="habit",
    many="habits",
    title="Habit Tracker",
    tagline="Small things, done most days.",
    words=(
        "habit",
        "streak",
        "daily goal",
        "routine",
        "gewohnheit",
        "gewohnheiten",
        "habitude",
        "hábito",
        "习惯",
        "習慣",
    ),
    weight=4,
    fields=(
        Field("name", "Habit", required=True, max=80, hint="Read ten pages"),
        Field("goal", "Days a week", "number", min=1, max=7, default=7),
        NOTE,
        Field("days", "Days done", "days", default=()),
    ),
    examples=(
        {"name": "Drink a glass of water first thing", "goal": 7, "days": ("today-3", "today-2", "today-1", "today")},
        {"name": "Walk outside for 20 minutes", "goal": 5, "days": ("today-4", "today-2", "today-1")},
        {"name": "Read ten pages", "goal": 6, "note": "Any book counts", "days": ("today-1",)},
    ),
    hue=155,
)

TASKS = Topic(
    kind="checklist",
    one="task",
    many="tasks",
    title="To-do List",
    tagline="Write it down, tick it off.",
    words=(
        "todo", "to do", "to-do", "task", "checklist", "reminder", "errand", "homework", "aufgabe", "aufgaben",
        "aufgabenliste", "tâche", "tarea", "tareas", "zadania", "待办", "任务", "할 일", "задач", "タスク",
    ),
    weight=3.5,
    fields=(
        Field("name", "Task", required=True, hint="What needs doing?"),
        Field("due", "Due", "date"),
        NOTE,
        DONE,
    ),
    examples=(
        {"name": "Water the plants", "due": "today"},
        {"name": "Answer Sam's message", "note": "About Saturday"},
        {"name": "Try this app", "done": True},
    ),
)  # fmt: skip

CHORES = Topic(
    kind="checklist",
    one="chore",
    many="chores",
    title="Chores",
    tagline="Whose turn it is, and what is done.",
    words=(
        "chore", "whose turn", "trash", "garbage", "bins", "cleaning", "housework", "household task", "cleaning rota",
        "putzplan", "ménage",
    ),
    weight=4,
    fields=(
        Field("name", "Chore", required=True, hint="Take out the trash"),
        Field("note", "Whose turn", max=80, hint="A name"),
        Field("due", "By", "date"),
        DONE,
    ),
    examples=(
        {"name": "Take out the trash", "note": "Mina", "due": "today"},
        {"name": "Clean the bathroom", "note": "Jo", "due": "today+2"},
        {"name": "Water the plants", "note": "Sam", "done": True},
    ),
    hue=180,
)  # fmt: skip

SHOPPING = Topic(
    kind="checklist",
    one="item",
    many="items",
    title="Shopping List",
    tagline="Everything for the next trip, nothing twice.",
    words=(
        "shopping list", "shopping", "grocery", "groceries", "einkaufsliste", "einkaufen", "liste de courses",
        "lista de la compra", "lista de compras", "购物", "買い物",
    ),
    weight=4.5,
    fields=(
        Field("name", "Item", required=True, hint="What do you need?"),
        Field("amount", "How much", max=30, hint="2 kg"),
        Field("group", "Where", "choice", choices=("Produce", "Bakery", "Dairy", "Pantry", "Household", "Other")),
        DONE,
    ),
    examples=(
        {"name": "Apples", "amount": "1 kg", "group": "Produce"},
        {"name": "Sourdough bread", "amount": "1 loaf", "group": "Bakery"},
        {"name": "Oat milk", "amount": "2", "group": "Dairy", "done": True},
    ),
    hue=145,
)  # fmt: skip

PACKING = Topic(
    kind="checklist",
    one="thing",
    many="things",
    title="Packing List",
    tagline="Leave nothing behind.",
    words=("packing list", "packing", "pack", "packliste", "wishlist", "wish list", "bucket list", "wunschliste"),
    weight=4.5,
    fields=(
        Field("name", "Thing", required=True, hint="What goes on the list?"),
        Field("amount", "How many", max=30, hint="3 pairs"),
        NOTE,
        DONE,
    ),
    examples=(
        {"name": "Passport", "note": "Top drawer"},
        {"name": "Walking shoes", "amount": "1 pair"},
        {"name": "Charger", "done": True},
    ),
)

TIMER = Topic(
    kind="timer",
    one="session",
    many="sessions",
    title="Focus Timer",
    tagline="One thing at a time, with a clock on it.",
    words=("timer", "pomodoro", "countdown", "stopwatch", "focus", "time tracking", "meditation", "番茄", "タイマー"),
    weight=4.5,
    fields=(
        Field("name", "What for", required=True, max=80, hint="Write the introduction"),
        Field("minutes", "Minutes", "number", required=True, min=1, max=600, default=25),
        Field("date", "Day", "date", required=True),
        NOTE,
    ),
    examples=(
        {"name": "Answer mail", "minutes": 15, "date": "today"},
        {"name": "Write the introduction", "minutes": 25, "date": "today"},
        {"name": "Plan the week", "minutes": 25, "date": "today-1"},
    ),
    options={"presets": ("5", "15", "25", "50")},
    hue=20,
)

TOPICS = (HABITS, TASKS, CHORES, SHOPPING, PACKING, TIMER)
