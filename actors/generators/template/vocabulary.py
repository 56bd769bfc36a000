"""English words that say nothing about what an app is for, and nouns with a plural of their own."""


def _words(text: str) -> frozenset[str]:
    """A set of words, as they are read best."""
    return frozenset(text.split())


STOPS = _words(
    """with that which where for and or using so who whose when while in on by from to including featuring without
    inside at as i it they we you called named titled can should must has have is are"""
)
"""Where the name of a subject ends."""

TAIL = _words("app application website site webapp system platform software program tool web please thing service")
"""What is left out at the end of a title."""

CONTAINERS = TAIL | _words(
    """page tracker tracking manager management list board planner planning organizer organiser dashboard log database
    directory kanban crm catalog catalogue inventory scheduler monitor builder maker generator viewer hub portal editor
    analyzer cellar shelf closet wardrobe pantry"""
)
"""What holds things, and is none itself."""

EMPTY = TAIL | _words(
    """page list tracker dashboard something anything everything things stuff people everyone everybody users somebody
    how much many often which what when where who whose decide know see help need ein eine einen un une una uno unos"""
)
"""What makes no title by itself."""

SMALL = _words("a an and as at but by for in of on or the to with")
"""What a title leaves small."""

MASS = _words(
    """care homework work equipment laundry stuff music news information data advice money time health fitness weather
    traffic content feedback research progress knowledge art love training learning cooking reading writing gardening
    landing home chat stock"""
)
"""What has no plural, or none that means several items."""

UNFIT = _words("lost who what when where how why and or of in on to it this that something anything everything")
"""What is no part of a noun."""

IRREGULAR = {
    "person": "people", "child": "children", "man": "men", "woman": "women", "mouse": "mice", "goose": "geese",
    "foot": "feet", "tooth": "teeth", "shelf": "shelves", "leaf": "leaves", "knife": "knives", "life": "lives",
    "wife": "wives", "wolf": "wolves", "half": "halves", "loaf": "loaves", "movie": "movies", "cookie": "cookies",
    "pie": "pies", "tie": "ties", "potato": "potatoes", "tomato": "tomatoes", "hero": "heroes", "quiz": "quizzes",
    "analysis": "analyses", "criterion": "criteria", "fish": "fish", "sheep": "sheep", "series": "series",
    "species": "species", "shoe": "shoes", "cache": "caches", "house": "houses", "horse": "horses", "box": "boxes",
}  # fmt: skip
"""One and many."""

SINGULAR = {many: one for one, many in IRREGULAR.items()}
