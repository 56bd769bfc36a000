"""What an answer of the model costs, roughly, until the agent says what its prompt cost: pure arithmetic."""

from actors.projects.generators.claude.words import Used

PRICES = (
    ("haiku", 1e-6),
    ("sonnet", 3e-6),
    ("opus-4-1", 15e-6),
    ("opus-4-2025", 15e-6),
    ("opus", 5e-6),
    ("", 15e-6),
)
"""Dollars for a token that is read, by what a model's name has in it: the first that fits; any other is a dear one.

Source: Anthropic's price list, platform.claude.com/docs/en/about-claude/pricing.
"""

OUTPUT, CACHE_READ, CACHE_CREATION = 5.0, 0.1, 1.25
"""What tokens of other kinds cost, as multiples of it; they are the same for all these models."""


def estimate(used: Used) -> float:
    """Return what an answer costs, in dollars.

    It may be wrong: of a price that was changed, of a model that is new, or of a very long prompt, nobody tells.
    """
    price = next(price for part, price in PRICES if part in used.model)
    cached = used.cache_read_tokens * CACHE_READ + used.cache_creation_tokens * CACHE_CREATION
    return price * (used.input_tokens + cached + used.output_tokens * OUTPUT)
