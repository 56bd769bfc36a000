"""What a model may have meant: where in a text is something like what it looked for? Pure, and bounded in time."""

from collections.abc import Callable
from difflib import SequenceMatcher
from heapq import nlargest
from typing import Optional

MAX_LINES = 5_000
MAX_COMPARED = 120
MAX_LIKELY = 40
MAX_WIDTH = 300
MAX_SHOWN = 12
ENOUGH = 0.6


def advice(text: str, old: str) -> str:
    """Return what to do when `old` does not occur in `text`.

    Args:
        text: A file's text, its lines ending with a newline.
        old: What was looked for, at least one character.

    Returns:
        The lines that come closest, as they are; or how to find out.
    """
    lines, wanted = text.split("\n"), old.strip("\n").split("\n")
    at = _but_for_space(lines, wanted)
    if at is not None:
        return f"Only white space differs from {_quoted(lines, at, len(wanted))}"
    at = _closest(lines, wanted)
    if at is not None:
        return f"The closest is {_quoted(lines, at, len(wanted))}"
    return "Nothing like it is in the file: read it with read_file, and give the text exactly as it is there."


def _but_for_space(lines: list[str], wanted: list[str]) -> Optional[int]:
    """Return where the lines are the same but for white space."""
    bare = ["".join(line.split()) for line in lines]
    looked_for = ["".join(line.split()) for line in wanted]
    if not any(looked_for):
        return None
    found = (at for at in range(len(bare)) if bare[at] == looked_for[0] and bare[at : at + len(wanted)] == looked_for)
    return next(found, None)


def _closest(lines: list[str], wanted: list[str]) -> Optional[int]:
    """Return where the first line that says something is most like one of the text's."""
    offset = next((at for at, line in enumerate(wanted) if line.strip()), None)
    if offset is None:
        return None
    matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted[offset].strip()[:MAX_COMPARED])
    quick = [(_ratio(matcher, line, matcher.quick_ratio), -at) for at, line in enumerate(lines[:MAX_LINES])]
    likely = [-at for ratio, at in nlargest(MAX_LIKELY, quick) if ratio > ENOUGH]
    found = [(_ratio(matcher, lines[at], matcher.ratio), -at) for at in likely]
    best, at = max(found, default=(0.0, 0))
    return max(0, -at - offset) if best > ENOUGH else None


def _ratio(matcher: "SequenceMatcher[str]", line: str, ratio: Callable[[], float]) -> float:
    """Return how much a line is like what is looked for, by one of the matcher's measures."""
    matcher.set_seq1(line.strip()[:MAX_COMPARED])
    return ratio() if matcher.real_quick_ratio() > ENOUGH else 0.0


def _quoted(lines: list[str], at: int, count: int) -> str:
    """Return lines as they are, with where they are."""
    shown = lines[at : at + min(count, MAX_SHOWN)]
    last = at + len(shown)
    where = f"line {last}" if len(shown) == 1 else f"lines {at + 1} to {last}"
    return f"{where}; give it as it is there:\n" + "\n".join(line[:MAX_WIDTH] for line in shown)
