"""JSON text, as it is made many thousand times a second: for events, and for what the journal keeps of an actor."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Optional

_MAKE: Optional[Callable[..., Callable[[object, int], Iterable[str]]]] = getattr(json.encoder, "c_make_encoder", None)
"""What `json` makes an encoder of, in C, anew for each text: half the cost of a small one. None where it has none."""


def _refuse(value: object) -> None:
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def make_encoder(*, ascii_only: bool) -> Callable[[Any], str]:
    """Make a function that encodes as `json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode` does.

    Args:
        ascii_only: Whether every other character is written as its number: as `ensure_ascii` of `JSONEncoder`.

    Returns:
        It takes what is to be encoded, and raises ValueError for NaN, for infinity and for what contains itself, and
        TypeError for what is no JSON.
    """
    plain = json.JSONEncoder(separators=(",", ":"), ensure_ascii=ascii_only, allow_nan=False)
    quote = json.encoder.encode_basestring_ascii if ascii_only else json.encoder.encode_basestring
    if _MAKE is None:
        return plain.encode
    # Without its memory of what it is inside of, which would keep what an error has left there: the depth of the stack
    # is what ends it.
    parts = _MAKE(None, _refuse, quote, None, ":", ",", False, False, False)

    def encode(value: Any) -> str:  # noqa: ANN401 - anything
        try:
            return "".join(parts(value, 0))
        except RecursionError:
            raise ValueError("it contains itself, or is too deep for JSON") from None

    return encode
