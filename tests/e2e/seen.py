"""What a subscriber has seen of a job's events, however they came."""

from dataclasses import dataclass, field


@dataclass
class Seen:
    """The events that came, over all connections.

    Attributes:
        job: Whose events.
        seqs: Of all events, in the order in which they came.
        types: Of all events.
        status: Of the last answer to a request to follow; 0 until it has come.
    """

    job: str
    seqs: list[int] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    status: int = 0

    @property
    def last(self) -> int:
        """The last seq."""
        return self.seqs[-1] if self.seqs else 0

    @property
    def whole(self) -> bool:
        """True when each event came once and in order, to the end."""
        return self.seqs == list(range(1, len(self.seqs) + 1)) and self.types[-1:] == ["end"]

    def answered(self, data: bytearray) -> bool:
        """Take the head of an answer off what came; False until all of it is there."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.status = int(bytes(data[9:12]))
        del data[: end + 4]
        return True
