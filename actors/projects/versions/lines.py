"""Compares two texts line by line, at a bounded cost: pure.

The shortest edit is found by Myers' algorithm, whose cost grows with the size of the difference. The standard library's
difflib is not used: its cost is quadratic, and worse, for texts that somebody has made for that purpose. Here a budget
bounds the steps; where it is used up the rest counts as replaced, which is longer than it could be, and right.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """Lines that were replaced by others; one side may be empty.

    Attributes:
        old: The first of the old lines, from 0.
        old_end: The one after the last of the old lines.
        new: The first of the new lines.
        new_end: The one after the last of the new lines.
    """

    old: int
    old_end: int
    new: int
    new_end: int


class Budget:
    """How many steps comparing may take, over however many texts.

    Args:
        steps: How many are left.
    """

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take some, and say whether there were enough."""
        self.left -= steps
        return self.left >= 0


def split(text: str) -> list[str]:
    """Return the lines of a text, each with its newline, which the last may lack; nothing else ends a line."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def blocks(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[Block]:
    """Return what differs, in order; equal lines lie between."""
    start = 0
    most = min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    if not a and not b:
        return []
    matches = _matches(a, b, budget) if a and b else []
    return _between(matches, start, start + len(a), start + len(b))


def _between(matches: Sequence[tuple[int, int]], start: int, old_end: int, new_end: int) -> list[Block]:
    """Return the blocks between lines that match, given from `start` on, in order."""
    found = []
    i = j = start
    for x, y in [*((start + x, start + y) for x, y in matches), (old_end, new_end)]:
        if x > i or y > j:
            found.append(Block(i, x, j, y))
        i, j = x + 1, y + 1
    return found


def _matches(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[tuple[int, int]]:
    """Return the lines that an edit keeps, as pairs of places: of the shortest edit, or none when it costs too much."""
    names: dict[str, int] = {}
    a = [names.setdefault(line, len(names)) for line in old]
    b = [names.setdefault(line, len(names)) for line in new]
    trace: list[list[int]] = []
    furthest = {1: 0}
    for edits in range(len(a) + len(b) + 1):
        trace.append([furthest.get(k, -1) for k in range(-edits - 1, edits + 2)])
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            begin = x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            furthest[k] = x
            if not budget.spend(1 + x - begin):
                return []
            if x >= len(a) and x - k >= len(b):
                return _traced(trace, len(a), len(b))
    return []


def _traced(trace: Sequence[Sequence[int]], x: int, y: int) -> list[tuple[int, int]]:
    """Go back along the furthest points, and return the lines that were kept on the way."""
    kept = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest = trace[edits]
        middle = edits + 1
        k = x - y
        down = k == -edits or (k != edits and furthest[middle + k - 1] < furthest[middle + k + 1])
        before = k + 1 if down else k - 1
        from_x = furthest[middle + before] if edits else 0
        from_y = from_x - before if edits else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            kept.append((x, y))
        x, y = from_x, from_y
    kept.reverse()
    return kept
