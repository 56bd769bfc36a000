"""What people keep: notes, collections, cards to learn from."""

from actors.generators.template.idea import Field, Topic

TAGS = Field("tags", "Tags", "tags", hint="quick, summer")
RATING = Field("rating", "Rating", "rating", min=0, max=5, default=0)
NOTES = Field("notes", "Notes", "longtext")

WRITING = Topic(
    kind="notes",
    one="note",
    many="notes",
    title="Notes",
    tagline="A quiet place for what you want to keep.",
    words=(
        "note", "notebook", "memo", "blog", "post", "article", "snippet", "idea", "thought", "quote", "guestbook",
        "message", "wiki", "knowledge", "notiz", "notizen", "notas", "carnet", "笔记", "メモ", "замет",
    ),
    weight=3.2,
    fields=(
        Field("title", "Title", required=True, hint="A few words"),
        Field("body", "Text", "longtext", max=20000, hint="Write here"),
        TAGS,
        Field("pinned", "Pinned", "flag", default=False),
    ),
    examples=(
        {"title": "Welcome", "body": "The pencil on a card opens it. Pin what should stay on top.", "pinned": True},
        {"title": "Words I like", "body": "Dusk, pebble, murmur, lantern, thaw.", "tags": ("words",)},
        {"title": "For the garden", "body": "Sow the peas in March, the beans in May.", "tags": ("garden", "spring")},
    ),
    hue=85,
)  # fmt: skip

JOURNAL = Topic(
    kind="notes",
    one="entry",
    many="entries",
    title="Journal",
    tagline="A line or a page a day.",
    words=("journal", "diary", "gratitude", "dream", "tagebuch", "diario", "日记", "日記", "дневник"),
    weight=4,
    fields=(
        Field("title", "Title", required=True, hint="In a few words"),
        Field("date", "Day", "date", required=True),
        Field("body", "Text", "longtext", max=20000, hint="How was it?"),
        Field("mood", "Mood", "choice", choices=("Great", "Good", "Fine", "Low", "Hard")),
        TAGS,
    ),
    examples=(
        {"title": "A slow morning", "date": "today", "body": "Rain, tea, and nowhere to be.", "mood": "Good"},
        {"title": "Finished the shelf", "date": "today-1", "body": "Only one screw left over.", "mood": "Great"},
        {"title": "Too much at once", "date": "today-3", "body": "Tomorrow: one thing first.", "mood": "Low"},
    ),
    hue=300,
)


def _collection(
    one: str,
    many: str,
    words: tuple[str, ...],
    tagline: str,
    by: str,
    statuses: tuple[str, ...],
    examples: tuple[tuple[str, str, int, tuple[str, ...]], ...],
    hue: int,
    weight: float = 3,
) -> Topic:
    """A collection of things with a maker, a rating and tags."""
    return Topic(
        kind="collection",
        one=one,
        many=many,
        title=f"{many[0].upper()}{many[1:]}",
        tagline=tagline,
        words=words,
        weight=weight,
        fields=(
            Field("title", "Title", required=True),
            Field("by", by),
            Field("status", "Status", "choice", choices=statuses, default=statuses[0]),
            RATING,
            TAGS,
            NOTES,
        ),
        examples=tuple(
            {"title": title, "by": maker, "status": statuses[number % len(statuses)], "rating": rating, "tags": tags}
            for number, (title, maker, rating, tags) in enumerate(examples)
        ),
        hue=hue,
    )


RECIPES = Topic(
    kind="collection",
    one="recipe",
    many="recipes",
    title="Recipes",
    tagline="What tastes good, and how to make it again.",
    words=("recipe", "cookbook", "cooking", "dish", "meal", "rezept", "rezepte", "recette", "receta", "食谱", "レシピ"),
    weight=3.2,
    fields=(
        Field("title", "Recipe", required=True, hint="Lemon lentil soup"),
        Field("by", "From", hint="Grandma, a book, a site"),
        Field("minutes", "Minutes", "number", min=0, max=2880),
        RATING,
        TAGS,
        Field("ingredients", "Ingredients", "lines", hint="One on each line"),
        Field("notes", "Steps", "longtext"),
    ),
    examples=(
        {
            "title": "Lemon lentil soup", "minutes": 30, "rating": 5, "tags": ("soup", "quick"),
            "ingredients": ("200 g red lentils", "1 onion", "1 lemon"), "notes": "Soften the onion, simmer, squeeze.",
        },
        {"title": "Overnight oats", "minutes": 5, "rating": 4, "tags": ("breakfast",)},
        {"title": "Tomato galette", "by": "A summer in the south", "minutes": 70, "rating": 4, "tags": ("summer",)},
    ),
    hue=40,
)  # fmt: skip

BOOKS = _collection(
    "book", "books",
    ("book", "reading list", "library", "novel", "bücher", "bücherliste", "livre", "libro", "图书", "読書"),
    "Read, reading, and still to read.", "Author", ("To read", "Reading", "Read"),
    (
        ("The Sea Around Us", "Rachel Carson", 0, ("nature",)),
        ("Middlemarch", "George Eliot", 4, ("classic",)),
        ("The Left Hand of Darkness", "Ursula K. Le Guin", 5, ("science fiction",)),
    ),
    210,
)  # fmt: skip

FILMS = _collection(
    "film", "films", ("movie", "film", "watchlist", "tv show", "series", "anime", "cinema", "película", "电影", "映画"),
    "What to watch, and what was worth it.", "Director", ("To watch", "Watched"),
    (
        ("My Neighbour Totoro", "Hayao Miyazaki", 0, ("animation",)),
        ("Cléo from 5 to 7", "Agnès Varda", 5, ("classic",)),
        ("Paterson", "Jim Jarmusch", 4, ("quiet",)),
    ),
    285,
)  # fmt: skip

CONTACTS = Topic(
    kind="collection",
    one="contact",
    many="contacts",
    title="Contacts",
    tagline="The people, and how to reach them.",
    words=("contact", "address book", "phone book", "member directory", "kontakte", "contactos", "联系人"),
    weight=3.5,
    fields=(
        Field("title", "Name", required=True, hint="Ada Fields"),
        Field("by", "Company or role"),
        Field("phone", "Phone", max=40),
        Field("email", "Mail", max=200),
        TAGS,
        NOTES,
    ),
    examples=(
        {"title": "Ada Fields", "by": "Plumber", "phone": "555 0134", "tags": ("house",)},
        {"title": "Noor Haddad", "by": "Next door", "notes": "Has the spare key", "tags": ("neighbours",)},
        {"title": "Tom Okafor", "by": "Choir", "email": "tom@example.org", "tags": ("music",)},
    ),
    hue=190,
)

GUESTS = Topic(
    kind="collection",
    one="guest",
    many="guests",
    title="Who Is Coming",
    tagline="Who comes, and who brings what.",
    words=(
        "sign up", "sign-up", "signup", "rsvp", "potluck", "attendee", "attendance", "participant", "registration",
        "who is coming", "invitation", "anmeldung", "inscription", "inscripción",
    ),
    weight=3.4,
    fields=(
        Field("title", "Name", required=True, max=80, hint="Ada Fields"),
        Field("by", "Brings", hint="A salad, music, nothing"),
        Field("status", "Comes", "choice", choices=("Yes", "Maybe", "No"), default="Yes"),
        Field("tags", "Tags", "tags", hint="vegetarian, by train"),
        NOTES,
    ),
    examples=(
        {"title": "Ada Fields", "by": "Potato salad", "status": "Yes", "tags": ("vegetarian",)},
        {"title": "Noor Haddad", "by": "Lemonade", "status": "Yes"},
        {"title": "Tom Okafor", "status": "Maybe", "notes": "Depends on the trains"},
    ),
    hue=40,
)  # fmt: skip

THINGS = _collection(
    "item", "items",
    (
        "collection", "catalog", "catalogue", "inventory", "directory", "gallery", "portfolio", "bookmark",
        "restaurant", "plant", "wine", "coffee", "beer", "game", "song", "album", "music", "podcast", "product", "shop",
        "store", "favorite", "favourite", "recommendation", "review", "link", "photo", "asset", "sammlung",
    ),
    "Everything in one place, easy to find again.", "From", ("Have", "Want"),
    (
        ("A first one", "Somewhere nice", 4, ("example",)),
        ("A second one", "", 0, ("example", "wanted")),
        ("The favourite", "A friend", 5, ("favourite",)),
    ),
    330, 2,
)  # fmt: skip

CARDS = Topic(
    kind="cards",
    one="card",
    many="cards",
    title="Flashcards",
    tagline="A few cards a day, until they stay.",
    words=(
        "flashcard", "flash card", "quiz", "trivia", "vocabulary", "vocab", "learn", "study", "spaced repetition",
        "language learning", "karteikarten", "vokabeln", "单词", "単語",
    ),
    weight=3.6,
    fields=(
        Field("front", "Front", required=True, max=200, hint="The question"),
        Field("back", "Back", "longtext", required=True, max=1000, hint="The answer"),
        TAGS,
        Field("known", "Known", "level", min=0, max=5, default=0),
    ),
    examples=(
        {"front": "la lumière", "back": "the light", "tags": ("french",)},
        {"front": "How far is the Moon?", "back": "About 384,000 km", "tags": ("space",)},
        {"front": "7 + 8", "back": "15", "tags": ("sums",)},
    ),
    hue=265,
)  # fmt: skip

TOPICS = (JOURNAL, CARDS, RECIPES, CONTACTS, BOOKS, FILMS, WRITING, GUESTS, THINGS)
