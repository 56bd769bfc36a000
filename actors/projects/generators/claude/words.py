"""The words between the server and an agent's worker, as values; see `protocol` for how they are read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Optional, Union

from actors.runtime.errors import CallboardError

MAX_LINE = 8 * 1024 * 1024  # bytes, in both directions


class ProtocolError(CallboardError):
    """What was said is not one of the words."""


@dataclass(frozen=True)
class OfferedTool:
    """A tool as the model gets to see it.

    Attributes:
        name: As the project's toolbox has it.
        description: What it does, for the model.
        schema: JSON Schema of its parameters: an object.
    """

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class _Op:
    """Something that the server tells a worker."""

    op: ClassVar[str]

    def _content(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def line(self) -> bytes:
        """Return it as it is sent, its end included.

        Raises:
            ProtocolError: It is too long.
        """
        content = json.dumps({"op": self.op, **self._content()}, allow_nan=False).encode()
        if len(content) >= MAX_LINE:
            raise ProtocolError(f"A message of {len(content)} bytes is too long for an agent: {MAX_LINE} are the most.")
        return content + b"\n"


@dataclass(frozen=True)
class Start(_Op):
    """The first line, once.

    Attributes:
        key: The API key. It is shown by nothing here.
        session: The conversation's id: a UUID.
        resume: Whether that conversation exists already and goes on.
        fork_from: The conversation whose history `session` begins with, instead; None for an empty one.
        model: The model's name.
        system: The system prompt.
        tools: What the model may use; there is nothing besides.
        max_turns: How often the model may be asked for one prompt.
        max_usd: What all prompts to this worker may cost, overdrawn by one request; None for no bound.
        cwd: An empty directory.
        config_dir: Where the conversation is kept.
        url: Another address of the API; None for its own.
        retries: How often a failed request is repeated.
    """

    op: ClassVar[str] = "start"

    key: Optional[str] = field(repr=False)
    session: str
    resume: bool
    fork_from: Optional[str]
    model: str
    system: str
    tools: tuple[OfferedTool, ...]
    max_turns: int
    max_usd: Optional[float]
    cwd: str
    config_dir: str
    url: Optional[str]
    retries: int

    def _content(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        tools = [{"name": tool.name, "description": tool.description, "schema": tool.schema} for tool in self.tools]
        return {**super()._content(), "tools": tools}


@dataclass(frozen=True)
class Prompt(_Op):
    """What a person wants. One at a time: the worker's answer ends with `End`."""

    op: ClassVar[str] = "prompt"

    text: str


@dataclass(frozen=True)
class Result(_Op):
    """What a tool gave.

    Attributes:
        id: Of the `Call`.
        text: For the model.
        failed: Whether the tool did not do what it was called for.
    """

    op: ClassVar[str] = "result"

    id: int
    text: str
    failed: bool


@dataclass(frozen=True)
class Interrupt(_Op):
    """Leave off: the prompt that is under way ends with `End`. Nothing when none is."""

    op: ClassVar[str] = "interrupt"


@dataclass(frozen=True)
class Close(_Op):
    """Say nothing more and exit. The end of the worker's input says the same."""

    op: ClassVar[str] = "close"


Op = Union[Start, Prompt, Result, Interrupt, Close]
"""What the server tells."""


@dataclass(frozen=True)
class Ready:
    """The worker has started, and takes a prompt.

    Attributes:
        sdk: The SDK's version.
        cli: The version of the program that the SDK runs; empty when it does not say.
        pid: The worker's.
    """

    sdk: str
    cli: str
    pid: int


@dataclass(frozen=True)
class Init:
    """A prompt begins.

    Attributes:
        session: The conversation's id.
        tools: All that the model sees, by the names that it sees: `mcp__app__X`.
        model: The model's name.
    """

    session: str
    tools: tuple[str, ...]
    model: str


@dataclass(frozen=True)
class Delta:
    """A piece of a text, as it is written. After a `Retried` the text may begin anew: `Text` is what counts."""

    text: str


@dataclass(frozen=True)
class Text:
    """A whole text; its pieces were told before, if it was written in pieces."""

    text: str


@dataclass(frozen=True)
class Call:
    """The model wants a tool: a `Result` with this id is waited for.

    Attributes:
        id: Of this call, in this worker.
        name: As offered.
        parameters: As the model gave them, which need not fit the schema.
    """

    id: int
    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Dropped:
    """A call whose result nobody waits for any more."""

    id: int


@dataclass(frozen=True)
class Used:
    """What one message of the API used; once for each.

    Attributes:
        message: Its id.
        model: Which one was asked.
        input_tokens: Read by the model, but for the two that follow.
        cache_read_tokens: Read from what had been kept.
        cache_creation_tokens: Read and kept.
        output_tokens: Written by the model.
    """

    message: str
    model: str
    input_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Retried:
    """A request to the API failed, and will be repeated.

    Attributes:
        attempt: Which repetition, from 1.
        most: How many there are.
        delay_s: After how many seconds; None when that was not said.
        status: The status of the API's answer; None when there was none.
        error: A word for what went wrong, if there is one.
    """

    attempt: int
    most: int
    delay_s: Optional[float]
    status: Optional[int]
    error: Optional[str]


@dataclass(frozen=True)
class End:
    """A prompt has ended.

    Attributes:
        failed: Whether it did not get to its end. Only this tells: `subtype` may be `success` nevertheless.
        subtype: The SDK's word for how it ended.
        turns: The SDK's count, which is higher than that of the requests; a `Used` is told for each of these.
        cost_usd: Of the conversation so far, what it had cost before this worker included: see `Session.cost_usd`.
        status: The status of the API's last answer, when that was an error.
        error: A word for what went wrong, if there is one.
        stopped: The SDK's word for why nothing follows.
        text: What was said last, or what went wrong.
    """

    failed: bool
    subtype: str
    turns: int
    cost_usd: float
    status: Optional[int]
    error: Optional[str]
    stopped: Optional[str]
    text: str


@dataclass(frozen=True)
class Fatal:
    """The worker cannot go on; it exits.

    Attributes:
        kind: A word for why.
        text: For people who look for the cause.
    """

    kind: str
    text: str


Heard = Union[Ready, Init, Delta, Text, Call, Dropped, Used, Retried, End, Fatal]
"""What a worker says."""


@dataclass(frozen=True)
class Exit:
    """The worker is gone; it did not say so itself.

    Attributes:
        code: Its exit code; None when a signal ended it or it is not known.
        signal: The signal that ended it; None when it exited by itself or it is not known.
        stderr_tail: The end of what it printed as errors, without the key.
    """

    code: Optional[int]
    signal: Optional[int]
    stderr_tail: str
