"""What people plan: work that moves through stages, days that have something on them."""

from actors.generators.template.idea import Field, Topic

COLUMNS = ("To do", "Doing", "Done")


def _board(columns: tuple[str, ...] = COLUMNS) -> tuple[Field, ...]:
    """The fields of something that moves through stages."""
    return (
        Field("title", "Title", required=True, hint="What is it?"),
        Field("status", "Column", "choice", choices=columns, required=True, default=columns[0]),
        Field("priority", "Priority", "choice", choices=("Low", "Normal", "High"), default="Normal"),
        Field("notes", "Notes", "longtext", hint="Details, links, who waits for it"),
    )


def _examples(columns: tuple[str, ...], *titles: str) -> tuple[dict[str, str], ...]:
    """One example in each of the first columns."""
    return tuple({"title": title, "status": column} for title, column in zip(titles, columns))


GENERAL = Topic(
    kind="board",
    one="item",
    many="items",
    title="My Board",
    tagline="See where everything stands.",
    words=(
        "kanban",
        "board",
        "project",
        "sprint",
        "roadmap",
        "workflow",
        "projekt",
        "proyecto",
        "projet",
        "项目",
        "проект",
    ),
    weight=2,
    fields=_board(),
    examples=_examples(COLUMNS, "A first idea", "Something in the works", "Something finished"),
    options={"column": "status"},
)

BUGS = Topic(
    kind="board",
    one="issue",
    many="issues",
    title="Issue Tracker",
    tagline="Found, fixed, forgotten.",
    words=("bug", "issue", "ticket", "helpdesk", "support request", "feature request", "defect", "incident"),
    fields=_board(("Reported", "Fixing", "Fixed")),
    examples=_examples(
        ("Reported", "Fixing", "Fixed"),
        "The menu does not close on a phone",
        "Search finds nothing with accents",
        "Typo on the first page",
    ),
    options={"column": "status"},
    hue=15,
)

APPLICATIONS = Topic(
    kind="board",
    one="application",
    many="applications",
    title="Job Applications",
    tagline="Who has answered, and whose turn it is.",
    words=("job application", "job search", "application tracker", "job hunt", "hiring", "candidate", "recruiting"),
    weight=4,
    fields=_board(("Applied", "Interview", "Offer", "Closed")),
    examples=_examples(
        ("Applied", "Interview", "Offer"), "Designer at a small studio", "Editor, two days a week", "Gardener"
    ),
    options={"column": "status"},
    hue=255,
)

LEADS = Topic(
    kind="board",
    one="deal",
    many="deals",
    title="Customers",
    tagline="From first word to handshake.",
    words=("crm", "customer", "client", "sales", "lead", "deal", "pipeline", "kunden"),
    weight=2.5,
    fields=_board(("New", "Talking", "Offer sent", "Won")),
    examples=_examples(
        ("New", "Talking", "Offer sent"), "Corner bakery: new sign", "School library: shelves", "Ms. Ito: a website"
    ),
    options={"column": "status"},
)

ORDERS = Topic(
    kind="board",
    one="order",
    many="orders",
    title="Orders",
    tagline="What was ordered, by whom, and for when.",
    words=("order", "preorder", "pre-order", "commission", "delivery", "repair", "bestellung", "commande", "pedido"),
    weight=2.6,
    fields=(
        Field("title", "What", required=True, hint="Two lemon cakes"),
        Field("status", "Column", "choice", choices=("Ordered", "In the making", "Ready", "Handed over"),
              required=True, default="Ordered"),
        Field("customer", "For whom", max=80, hint="A name, a number", extra=True),
        Field("due", "For when", "date", extra=True),
        Field("priority", "Priority", "choice", choices=("Low", "Normal", "High"), default="Normal"),
        Field("notes", "Notes", "longtext", hint="Size, colour, what is written on it"),
    ),
    examples=(
        {"title": "Two lemon cakes", "status": "Ordered", "customer": "Ms. Ito", "due": "today+3"},
        {"title": "A dozen rolls", "status": "In the making", "customer": "Tom", "due": "today"},
        {"title": "Birthday cake", "status": "Ready", "customer": "Noor", "due": "today"},
    ),
    options={"column": "status"},
    hue=60,
)  # fmt: skip

EVENTS = Topic(
    kind="agenda",
    one="event",
    many="events",
    title="Events",
    tagline="What comes next, and when.",
    words=(
        "event", "calendar", "schedule", "appointment", "meeting", "booking", "reservation", "birthday", "agenda",
        "deadline", "itinerary", "trip", "travel", "timetable", "meal plan", "meal planner", "weekly planner",
        "kalender", "termin", "termine", "calendrier", "calendario", "rendez-vous", "日历", "予定",
    ),
    weight=2.8,
    fields=(
        Field("name", "Event", required=True, hint="What is on?"),
        Field("date", "Day", "date", required=True),
        Field("time", "Time", "time"),
        Field("place", "Where", max=80, hint="A place, or a link"),
        Field("notes", "Notes", "longtext"),
    ),
    examples=(
        {"name": "Coffee with Alex", "date": "today", "time": "16:00", "place": "The corner café"},
        {"name": "Dentist", "date": "today+3", "time": "09:30"},
        {"name": "Weekend by the sea", "date": "today+9", "notes": "Book the train in time"},
    ),
    hue=245,
)  # fmt: skip

TOPICS = (APPLICATIONS, BUGS, EVENTS, LEADS, ORDERS, GENERAL)
