"""Every operation of the API keeps to its own description, whatever it is sent, one by one and in a row."""

from pathlib import Path

import pytest

from tests import needs
from tests.environments import NotHere
from tests.fuzz.api import fuzz

pytestmark = [pytest.mark.real, pytest.mark.slow]

_EXAMPLES = 10
_SEED = "20260101"


async def test_the_api_is_as_it_is_described(tmp_path: Path) -> None:
    """No status, header, media type or shape that is not described, no crash; each operation, and the links of all.

    The same requests each time: it is their number that ends it, not a time, so that a slow machine tries no less.
    """
    try:
        outcome = await fuzz(tmp_path, None, _EXAMPLES, "--seed", _SEED, "--generation-deterministic")
    except NotHere as error:
        needs.missing(str(error))
    assert outcome.clean, "\n".join([*outcome.bugs, outcome.said])
    assert outcome.whole, outcome.report
    assert outcome.tested == outcome.described > 0, outcome.report["operations"]
    assert [outcome.phase(name) for name in ("coverage", "fuzzing", "stateful")] == ["success"] * 3, outcome.report
    assert outcome.scenarios > 0, outcome.said
