"""Writes the difference of two texts in the unified format, as `patch` reads it: pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actors.projects.versions.lines import Block

CONTEXT = 3
_NO_NEWLINE = "\\ No newline at end of file\n"


@dataclass(frozen=True)
class Written:
    """A difference in words.

    Attributes:
        text: It; without its end when it is cut.
        cut: Whether there is more.
    """

    text: str
    cut: bool


def unified(
    old: Sequence[str], new: Sequence[str], differ: Sequence[Block], names: tuple[str, str], lines: int, size: int
) -> Written:
    """Write a difference.

    Args:
        old: The old lines, with their newlines.
        new: The new lines.
        differ: What differs, in order.
        names: What the old and the new text are called.
        lines: How many lines it may have.
        size: How many characters it may have.
    """
    if not differ:
        return Written("", cut=False)
    taken: list[str] = []
    length = 0
    for line in _lines(old, new, differ, names):
        length += len(line)
        if len(taken) >= lines or length > size:
            return Written("".join(taken), cut=True)
        taken.append(line)
    return Written("".join(taken), cut=False)


def _lines(old: Sequence[str], new: Sequence[str], differ: Sequence[Block], names: tuple[str, str]) -> Iterator[str]:
    """Return the lines of a difference."""
    yield f"--- {names[0]}\n"
    yield f"+++ {names[1]}\n"
    for hunk in _hunks(differ):
        first, last = hunk[0], hunk[-1]
        lead = min(CONTEXT, first.old)
        tail = min(CONTEXT, len(old) - last.old_end)
        at = first.old - lead
        old_size = last.old_end + tail - at
        new_size = last.new_end + tail - (first.new - lead)
        yield f"@@ -{_range(at, old_size)} +{_range(first.new - lead, new_size)} @@\n"
        for block in hunk:
            yield from _marked(" ", old[at : block.old])
            yield from _marked("-", old[block.old : block.old_end])
            yield from _marked("+", new[block.new : block.new_end])
            at = block.old_end
        yield from _marked(" ", old[at : at + tail])


def _hunks(differ: Sequence[Block]) -> Iterator[list[Block]]:
    """Put together the blocks whose context would touch."""
    hunk: list[Block] = []
    for block in differ:
        if hunk and block.old - hunk[-1].old_end > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(block)
    yield hunk


def _range(start: int, size: int) -> str:
    """Return where lines are: counted from 1, and an empty range by the line before it."""
    return f"{start + 1 if size else start},{size}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    """Return lines with their mark."""
    for line in lines:
        yield f"{mark}{line}"
        if not line.endswith("\n"):
            yield "\n"
            yield _NO_NEWLINE
