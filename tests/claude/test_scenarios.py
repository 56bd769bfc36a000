"""Each scenario with the real worker and with the fake one; what the real one says must be what is recorded."""

from typing import Union

import pytest

from tests.claude.company import Fakes, Reals
from tests.claude.scenarios.table import SCENARIOS
from tests.claude.stage import Stage
from tests.claude.transcripts import drift, read

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name", SCENARIOS)
async def test_scenario(name: str, company: Union[Fakes, Reals], stage: Stage) -> None:
    """It comes out as it should, and nothing has drifted from the transcripts that the fake worker follows."""
    await SCENARIOS[name](stage)
    if isinstance(company, Reals):
        assert company.asked_besides() == []
        transcripts = company.transcripts(stage.place).items()
        drifted = [(transcript, drift(read(transcript), entries)) for transcript, entries in transcripts]
        # What to do when the change is right: python -m tests.claude.record
        assert [(transcript, lines) for transcript, lines in drifted if lines] == []
