"""Text from outside, on its way to others."""


def encodable(text: str) -> str:
    """Put a question mark in place of half a surrogate pair, which JSON may carry and UTF-8 cannot.

    Whoever cuts a string between two UTF-16 units, as JavaScript does, makes one out of an emoji.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
