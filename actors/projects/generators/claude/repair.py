"""When an agent that says that it is done is sent back to mend its app: the rules, without the doing. Pure.

After each `End` the generator looks at the app with the agent's own tools, makes a `Trouble` of what it finds, and asks
`Repairs` what follows. Trouble goes back to the agent at most `most` times, and at most `SAME` times in a row when it
stays the same: an agent that did not mend it twice does not the third time, and each try costs.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Optional

from actors.projects.generators.claude.instructions import repair_prompt
from actors.projects.tools.results import ToolResult

MOST = 3
SAME = 2
SIGN_LINES = 40
"""Lines at the end of what was printed that tell one trouble from another."""

_VARYING = re.compile(r"0x[0-9a-f]+|\d+(?:[.:]\d+)*\s*(?:ms|s)?\b", re.IGNORECASE)
"""What differs each time that the same thing fails: times, ports, process ids, line numbers."""


class Kind(Enum):
    """What does not work."""

    SERVER = "server"
    BUILD = "build"

    @property
    def problem(self) -> str:
        """What failed, as a sentence."""
        return "its dev server does not run." if self is Kind.SERVER else "its build fails."


@dataclass(frozen=True)
class Trouble:
    """What does not work, and what was printed."""

    kind: Kind
    tail: str

    @property
    def sign(self) -> tuple[Kind, str]:
        """What is the same for the same trouble."""
        lines = self.tail.strip().splitlines()[-SIGN_LINES:]
        return self.kind, " ".join(_VARYING.sub("0", "\n".join(lines)).split())


def trouble(server: ToolResult, build: Optional[ToolResult]) -> Optional[Trouble]:
    """Return what is wrong with an app; None when nothing is.

    Args:
        server: What start_dev_server gave, after the agent said that it was done.
        build: What build_project gave then, if it had failed when the agent used it last; else None.
    """
    if not server.ok:
        return Trouble(Kind.SERVER, server.text)
    if build is not None and not build.ok:
        return Trouble(Kind.BUILD, build.text)
    return None


@dataclass(frozen=True)
class Decision:
    """What follows.

    Attributes:
        prompt: What goes to the agent; None when nothing does.
        attempt: How many times trouble went back to it, this time included.
        problem: Why the app is left as it is, in trouble, as a sentence; empty when it runs or is mended still.
    """

    prompt: Optional[str] = None
    attempt: int = 0
    problem: str = ""


class Repairs:
    """Counts the repairs of one run.

    Args:
        most: How many there may be.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._tried = 0
        self._same = 0
        self._last: Optional[Trouble] = None

    def decide(self, found: Optional[Trouble]) -> Decision:
        """Return what follows from a look at the app.

        Args:
            found: What is wrong; None when nothing is.
        """
        if found is None:
            self._last, self._same = None, 0
            return Decision(attempt=self._tried)
        again = self._last is not None and self._last.sign == found.sign
        self._same = self._same + 1 if again else 0
        self._last = found
        if self._tried >= self.most or self._same >= SAME:
            return Decision(attempt=self._tried, problem=self._given_up(found))
        self._tried += 1
        return Decision(repair_prompt(found.kind.problem, found.tail, again), self._tried)

    def _given_up(self, found: Trouble) -> str:
        """Return why the app is left in trouble."""
        if not self._tried:
            return f"The app is not done: {found.kind.problem}"
        times = "once" if self._tried == 1 else f"{self._tried} times"
        return f"The app is not done: {found.kind.problem} The agent tried {times} to mend it."
