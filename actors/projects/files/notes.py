"""What was left out on the way, in sentences: as many as somebody would read, and the number of the others."""

from dataclasses import dataclass, field

MAX_NOTES = 40
MAX_NOTE = 300


@dataclass
class Notes:
    """Notes that are taken.

    Attributes:
        taken: The first of them.
        left_out: How many more there were.
    """

    taken: list[str] = field(default_factory=list)
    left_out: int = 0

    def add(self, path: str, problem: str) -> None:
        """Take one: what became of a path, and why."""
        if len(self.taken) >= MAX_NOTES:
            self.left_out += 1
            return
        shown = ascii(path if len(path) <= MAX_NOTE // 2 else f"{path[: MAX_NOTE // 2]}...")[1:-1]
        self.taken.append(f"{shown} {problem}"[:MAX_NOTE])

    @property
    def lines(self) -> tuple[str, ...]:
        """All notes; when there were too many, the last one says so."""
        more = (f"{self.left_out} more are not listed.",) if self.left_out else ()
        return (*self.taken, *more)
