"""Every operation of the API keeps to its own description, whatever it is sent, one by one and in a row."""

from pathlib import Path

import pytest

from tests import needs
from tests.environments import NotHere
from tests.fuzz.api import fuzz

pytestmark = [pytest.mark.real, pytest.mark.slow]

_SECONDS = 80
_EXAMPLES = 10
_SEED = "20260101"


async def test_the_api_is_as_it_is_described(tmp_path: Path) -> None:
    """No status, header, media type or shape that is not described, no crash; the same requests each time."""
    try:
        outcome = await fuzz(tmp_path, _SECONDS, _EXAMPLES, "--seed", _SEED, "--generation-deterministic")
    except NotHere as error:
        needs.missing(str(error))
    assert outcome.clean, "\n".join([*outcome.bugs, outcome.report])
    assert "Stateful" in outcome.report
