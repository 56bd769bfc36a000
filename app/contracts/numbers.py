"""Numbers in JSON bodies: what is a whole number there, whoever wrote it."""

from collections.abc import Generator
from typing import Any, Callable

from pydantic import ConstrainedInt


def whole(value: object) -> object:
    """Take `5000.0` for `5000`, as JSON Schema does: JSON has one kind of number, and some programs write it so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Whole(ConstrainedInt):
    """A whole number, and not a string that looks like one."""

    strict = True

    @classmethod
    def __get_validators__(cls) -> Generator[Callable[..., Any], None, None]:
        """Yield the validators, as pydantic wants them."""
        yield whole
        yield from super().__get_validators__()
