"""atheris on the parsers: `python -m tests.fuzz.parsers [SECONDS] [NAME...]`, each for so long (60), two at once.

atheris has wheels for Python 3.12 and 3.13 on Linux (x86-64); it and what Callboard needs go into an environment of
their own. What is found is kept in a folder that is named; put it into `tests/fuzz/corpus/NAME/`, and mend the parser.
"""

import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.environments import NotHere, environment
from tests.fuzz.targets.table import TARGETS
from tests.house.project import ROOT

logger = logging.getLogger(__name__)

HERE: Final = Path(__file__).parent
LOCKS: Final = (ROOT / "requirements.lock", HERE / "parsers.lock")
CORPUS: Final = HERE / "corpus"

_SECONDS: Final = 60
_AT_ONCE: Final = 2
_START_S: Final = 120
"""For loading and instrumenting, and for ending."""

_ONE_S: Final = 20
"""For one input: a parser that takes longer hangs."""

_DONE: Final = re.compile(r"Done (\d+) runs in (\d+) second|stat::number_of_executed_units: (\d+)")


@dataclass(frozen=True)
class Round:
    """What became of one target.

    Attributes:
        name: Of the target.
        runs: Inputs that were tried.
        found: The inputs that it does not stand, as files.
        said: The end of what was printed, when something was found or went wrong.
    """

    name: str
    runs: int
    found: tuple[Path, ...]
    said: str


def fuzz(python: Path, name: str, seconds: int, folder: Path) -> Round:
    """Fuzz one target. Blocks.

    Args:
        python: With atheris.
        name: Of the target.
        seconds: How long.
        folder: Where inputs are kept that reach something new, and what is found.
    """
    kept, found = folder / name / "corpus", folder / name / "found"
    kept.mkdir(parents=True)
    found.mkdir()
    for number, seed in enumerate(TARGETS[name].seeds):
        (kept / f"seed-{number}").write_bytes(seed)
    known = [str(CORPUS / name)] if (CORPUS / name).is_dir() else []
    flags = [f"-max_total_time={seconds}", f"-timeout={_ONE_S}", "-max_len=4096", f"-artifact_prefix={found}/"]
    try:
        done = subprocess.run(
            [str(python), "-m", "tests.fuzz.under_atheris", name, str(kept), *known, *flags, "-print_final_stats=1"],
            cwd=ROOT,
            capture_output=True,
            timeout=seconds + _START_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Round(name, 0, (), f"It did not end {_START_S} s after its time.")
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    runs = max((int(match[1] or match[3]) for match in _DONE.finditer(said)), default=0)
    files = tuple(sorted(found.iterdir()))
    return Round(name, runs, files, said[-3000:] if files or done.returncode or not runs else "")


def main(arguments: Sequence[str]) -> int:
    """Fuzz the targets that are named, or all; 1 when something was found."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    seconds = int(arguments[0]) if arguments else _SECONDS
    names = list(arguments[1:]) or list(TARGETS)
    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        logger.error("There is no target %s. Those that there are: %s.", ", ".join(unknown), ", ".join(TARGETS))
        return 2
    try:
        python = environment("fuzz-parsers", LOCKS, (3, 12))
    except NotHere as error:
        logger.critical("atheris is not here. %s", error)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="callboard-fuzz-"))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        rounds = [pool.submit(fuzz, python, name, seconds, folder) for name in names]
        bad = [one for one in (future.result() for future in rounds) if _tell(one)]
    logger.info("%d targets, %d with findings; all of it is in %s", len(names), len(bad), folder)
    return 1 if bad else 0


def _tell(one: Round) -> bool:
    """Log what became of a target; whether something is wrong."""
    logger.info("%-14s %9d runs, %d found", one.name, one.runs, len(one.found))
    for path in one.found:
        logger.error("%s: %r", path, path.read_bytes()[:200])
    if one.said:
        logger.error("%s", one.said)
    return bool(one.said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
