"""Records the transcripts anew: `python -m tests.claude.record [SCENARIO...]`.

Needs the SDK's environment: `TEST_CLAUDE_PYTHON` names its Python. Look at what changed before it is kept.
"""

import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from actors.processes.tree import open_tree
from tests.claude.company import VARIABLE, Reals, real_python
from tests.claude.loopback import messages_api
from tests.claude.scenarios.table import SCENARIOS
from tests.claude.stage import Stage
from tests.claude.transcripts import write

logger = logging.getLogger("record")


async def record(name: str, python: Path, place: Path) -> Sequence[str]:
    """Play a scenario with real workers, and keep what they said, also when something else came of it than should.

    Args:
        name: Which.
        python: Of the SDK's environment.
        place: An empty directory.

    Returns:
        The names of the transcripts.
    """
    with messages_api(place) as api:
        company = Reals(python, api)
        stage = Stage(place / "stage", partial(open_tree, data_id="record"), company)
        try:
            await SCENARIOS[name](stage)
        except (AssertionError, ValueError, IndexError, KeyError, trio.TooSlowError):
            logger.exception("%s does not come out as it should", name)
        transcripts = company.transcripts(stage.place)
    for transcript, entries in transcripts.items():
        write(transcript, entries)
    return list(transcripts)


def main() -> int:
    """Record the scenarios that are named, or all."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    python = real_python()
    if python is None:
        logger.error("%s does not name the Python of the SDK's environment.", VARIABLE)
        return 2
    for name in sys.argv[1:] or SCENARIOS:
        with TemporaryDirectory() as place:
            logger.info("%s: %s", name, ", ".join(trio.run(record, name, python, Path(place))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
