"""What a tool gave, as the agent takes it: never more than its program passes on whole.

Measured with the CLI of SDK 0.2.186: a result of up to 50,000 UTF-16 units (25,000 tokens at half, as it reckons) is
passed on as it is. For a longer one it asks the API how many tokens these are, and in either case the model gets a
pointer to a file that it cannot read. Many long results at once are passed on whole.
"""

from actors.projects.generators.claude.words import Result
from actors.projects.tools.results import ToolResult, failed

MAX_UNITS = 40_000
"""UTF-16 units of one result: a character outside the first plane counts as two."""

HEAD = 0.6
NOTHING = "[there is nothing to say about it]"


def answer(call: int, result: ToolResult) -> Result:
    """Return what goes to the agent for a call.

    Args:
        call: The call's id.
        result: What the tool gave.
    """
    return Result(call, cut(result.text) or NOTHING, not result.ok)


def refusal(call: int, name: str, problem: str, hint: str = "") -> Result:
    """Return what goes to the agent for a call that no tool is asked about."""
    return answer(call, failed(name, problem, hint))


def cut(text: str) -> str:
    """Return the beginning and the end of a text that is too long for the agent, and how much was left out."""
    data = text.encode("utf-16-le", "replace")
    units = len(data) // 2
    if units <= MAX_UNITS:
        return data.decode("utf-16-le")
    head = 2 * int(MAX_UNITS * HEAD)
    tail = len(data) - 2 * (MAX_UNITS - head // 2)
    # Half of a pair, where it was cut, is left out.
    first, last = (piece.decode("utf-16-le", "ignore") for piece in (data[:head], data[tail:]))
    return f"{first}\n[{units - MAX_UNITS} characters cut; ask for less at a time]\n{last}"
