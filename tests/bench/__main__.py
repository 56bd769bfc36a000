"""Measures Callboard beside what people would pick instead: `python -m tests.bench [CASE ...]`.

Each side is measured in turn within one run. The table has ratios of what it cost, the peer's by Callboard's: more than
1 is ahead; the least, the median and the most of all rounds.
"""

import argparse
import json
import logging
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Optional

from tests.bench.cases.base import Case, run_case
from tests.bench.cases.table import all_cases
from tests.bench.disk import spread
from tests.bench.figures import Result, table
from tests.bench.floors import FLOORS
from tests.bench.ground import HERE, Ground
from tests.bench.guard import guard
from tests.bench.plot import draw, growth
from tests.bench.proc import descriptors
from tests.bench.sides import CALLBOARD
from tests.environments import NotHere, environment

logger = logging.getLogger("tests.bench")

_LEAST = (3, 11)
"""The oldest Python that the peer's lock is for; both sides run on the same."""

_PLOTS = (
    ("speed-fanout", "fanout-flat", "subscribers", "cpu", "Processor time of a delivered event, flat out"),
    ("speed-actors", "actors", "actors", "waking", "Processor time of a message to each of many actors"),
)
"""What is drawn as it grows: its file, how its cases begin, what there is more of, the figure, and its title."""


def main(given: Sequence[str]) -> int:
    """Measure what was asked for; 2 when that cannot be, 1 when a part of it went wrong."""
    options = _parser().parse_args(given)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO, format="%(message)s")
    if options.measured:
        return _tell_again(options)
    known = all_cases()
    unknown = sorted(set(options.case) - set(known))
    if unknown:
        logger.error("There is no %s. What there is: %s.", ", ".join(unknown), ", ".join(known))
        return 2
    chosen = [case for name, case in known.items() if name in options.case or not (options.case or case.slow)]
    if options.full:
        chosen = list(known.values())
    chosen = [case for case in chosen if _fits(case)]
    try:
        with tempfile.TemporaryDirectory(prefix="callboard-bench-", dir=options.folder) as folder:
            spread(Path(folder))
            ground = Ground(Path(folder), options.peer or _peer(), options.rounds, options.full)
            if options.guard:
                return _guard(ground)
            results = [found for case in chosen if (found := _tell(case, ground)) is not None]
    except NotHere as error:
        logger.critical("It cannot be measured here. %s", error)
        return 2
    _report(results, _conditions(options.rounds), options)
    return 0 if len(results) == len(chosen) else 1


def _tell_again(options: argparse.Namespace) -> int:
    """Print and draw what was measured before; 2 when there is a case that is not in it."""
    try:
        document = json.loads(options.measured.read_text(encoding="utf-8"))
        results = [Result.of(found) for found in document["results"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.error("%s is nothing that --json wrote: %s", options.measured, error)  # noqa: TRY400 - no bug of ours
        return 2
    missing = sorted(set(options.case) - {result.case for result in results})
    if missing:
        logger.error("There is no %s in %s.", ", ".join(missing), options.measured)
        return 2
    _report([one for one in results if not options.case or one.case in options.case], document["conditions"], options)
    return 0


def _guard(ground: Ground) -> int:
    """See whether all floors are met; 1 when one is not."""
    known = all_cases()

    def measure(cases: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Result]:
        beside = [replace(known[name], sides=(CALLBOARD, *sides)) for name, sides in cases.items()]
        some = replace(ground, rounds=rounds)
        return {case.name: found for case in beside if _fits(case) and (found := _tell(case, some)) is not None}

    wrong = guard(FLOORS, measure)
    for words in wrong:
        logger.error("%s", words)
    return 1 if wrong else 0


def _fits(case: Case) -> bool:
    """Whether this machine lets a process have as many files open as a case needs; says so when it does not."""
    if case.descriptors <= descriptors():
        return True
    logger.warning(
        "%s is left out: it needs %d open files, and %d are allowed here. Raise that, as with: ulimit -Hn %d",
        *(case.name, case.descriptors, descriptors(), case.descriptors),
    )
    return False


def _report(results: Sequence[Result], conditions: str, options: argparse.Namespace) -> None:
    """Say what was found, and write it where that is wanted."""
    logger.info("\n%s\n\n%s", conditions, table(results, page=options.page))
    for file, work, across, figure, title in _PLOTS if options.plots else ():
        series = growth(results, work, figure)
        if series:
            options.plots.mkdir(parents=True, exist_ok=True)
            drawn = draw(title, across, figure, series, conditions)
            (options.plots / f"{file}.svg").write_text(drawn, encoding="utf-8")
    if options.json:
        # A line for each piece of work, so that what has changed can be seen.
        lines = ",\n".join(json.dumps(result.as_json()) for result in results)
        text = f'{{"conditions": {json.dumps(conditions)}, "results": [\n{lines}\n]}}\n'
        options.json.write_text(text, encoding="utf-8")


def _tell(case: Case, ground: Ground) -> Optional[Result]:
    """Measure one piece of work; None when it went wrong, which does not take the others along."""
    logger.info("%s: %s", case.name, case.about)
    try:
        return run_case(case, ground)
    except (RuntimeError, OSError, subprocess.SubprocessError):
        logger.exception("%s could not be measured.", case.name)
        return None


def _peer() -> Path:
    if sys.version_info[:2] < _LEAST:
        raise NotHere("Both sides run on one Python, and the peer needs 3.11: PYTHON=python3.13 ./run bench")
    # On this very one: another of the same version may have been built in another way.
    return environment(f"bench-peer-{zlib.crc32(os.fsencode(sys.base_prefix)):08x}", (HERE / "peer.lock",), _LEAST)


def _conditions(rounds: int) -> str:
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{time.strftime('%Y-%m-%d')}; {rounds} rounds; {os.cpu_count()} processors, "
        f"{platform.machine()}, Linux {platform.release().partition('-')[0]}; "
        f"Python {platform.python_version()}; load at the end: {load}"
    )


def _how_often(text: str) -> int:
    """How often, which is once at least."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no number of rounds: 1 or more, such as 5")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "tests.bench", description="Measure Callboard beside what people would pick instead."
    )
    parser.add_argument("case", nargs="*", help="what to measure; all that is not slow when none is named")
    parser.add_argument("--rounds", type=_how_often, default=5, help="how often each side is measured")
    parser.add_argument("--full", action="store_true", help="measure everything, in its full size")
    parser.add_argument("--guard", action="store_true", help="see whether Callboard is as far ahead as floors.py says")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure to a file")
    parser.add_argument(
        "--from", dest="measured", type=Path, metavar="FILE", help="measure nothing: tell and draw what --json wrote"
    )
    parser.add_argument("--page", action="store_true", help="tell the rows alone that docs/discussion/speed.md has")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw how cost grows with size, as SVG")
    parser.add_argument("--peer", type=Path, metavar="PYTHON", help="a Python that has what peer.lock lists")
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="where to keep things meanwhile; on the disk to measure"
    )
    parser.add_argument("--verbose", action="store_true", help="say the figures of each round")
    return parser


if __name__ == "__main__":
    # An exception, and so the servers end with this.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))
