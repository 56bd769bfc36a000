"""What a generator says, message by message: in pieces of bounded length, and not in more of them than are needed."""

from typing import Any, Optional

from actors.projects.generators.base import Said

MAX_SAID = 8000
"""Characters of one piece; what is longer is told in several."""

MAX_MESSAGE = 200_000
"""Characters of one message; the rest is cut."""


class Speech:
    """Numbers the messages of a run, and gathers what comes of one until it is told."""

    def __init__(self) -> None:
        self._number = 0
        self._open: Optional[int] = None
        self._length = 0
        self._waits = ""

    def begin(self) -> None:
        """Begin to count anew: an attempt of a run sets to work."""
        self._number, self._open, self._waits = 0, None, ""

    def take(self, said: Said) -> list[dict[str, Any]]:
        """Take what is said; what of it, and of what came before, has to be told now."""
        told: list[dict[str, Any]] = []
        if self._open != said.message:
            if not said.text:
                return told
            told += self.waiting()
            self._number, self._open, self._length = self._number + 1, said.message, 0
        text = said.text[: MAX_MESSAGE - self._length]
        self._length += len(text)
        self._waits += text
        while len(self._waits) > MAX_SAID:
            told.append(self._piece(self._waits[:MAX_SAID], last=False))
            self._waits = self._waits[MAX_SAID:]
        if said.last:
            told.append(self._piece(self._waits, last=True))
            self._open, self._waits = None, ""
        return told

    def waiting(self) -> list[dict[str, Any]]:
        """What waits to be told, as a piece; none when nothing does."""
        text, self._waits = self._waits, ""
        return [self._piece(text, last=False)] if text else []

    def _piece(self, text: str, *, last: bool) -> dict[str, Any]:
        return {"text": text, "message": self._number, "last": last}
