"""What a generator says: pieces of messages, put together to lines."""

from client.events import Event
from client.text import MAX_TEXT, clean

SAID = "assistant_message"


class Speech:
    """Puts pieces together, and gives each line when it is complete."""

    def __init__(self) -> None:
        self._message: object = None
        self._text = ""

    def take(self, event: Event, width: int = MAX_TEXT) -> list[str]:
        """Return the lines that are complete with an event, each safe for a terminal.

        What somebody else tells comes after what was said before it.

        Args:
            event: Any.
            width: How long a line may become before it is told in parts.
        """
        if event.type == "progress":
            return []
        message = event.data.get("message")
        lines = self.rest() if event.type != SAID or message != self._message else []
        if event.type != SAID:
            return lines
        text = event.data.get("text")
        self._message = message
        self._text += text if isinstance(text, str) else ""
        lines += self._complete(max(width, 20))
        if event.data.get("last") is not False:
            lines += self.rest()
        return lines

    def rest(self) -> list[str]:
        """Return what was said of a line that is not complete."""
        text, self._text, self._message = self._text, "", None
        return _shown(text)

    def _complete(self, width: int) -> list[str]:
        """Take the complete lines away."""
        lines: list[str] = []
        while True:
            end = self._text.find("\n", 0, width + 1)
            if end < 0 and len(self._text) <= width:
                return lines
            if end < 0:
                # Between words where there are any.
                end = self._text.rfind(" ", width // 2, width + 1)
            cut = end if end >= 0 else width
            lines += _shown(self._text[:cut])
            self._text = self._text[cut + (end >= 0) :]


def _shown(text: str) -> list[str]:
    """Return a line, unless there is nothing in it."""
    line = clean(text).rstrip()
    return [line] if line.strip() else []
