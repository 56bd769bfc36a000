"""Threats by who reads what the server writes or starts: logs, errors, the environment of its processes."""

import io
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import NoReturn
from unittest import mock

from actors.processes.environment import base_environment
from app.log import ContractFormatter
from app.problems import Problem
from tests.app.served import upload
from tests.threats.ground import Ground, nonce
from tests.threats.threat import SERVER, Threat, Wall, Who, same, wall

KEY = "ANTHROPIC_API_KEY"
FORGED = "[AGENT-PYTHON] the token was removed"
OTHERS = "mine) (process 1, request 5e1f-1"


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Collect all that is logged, as the server writes it, and what goes past its formatter to standard error."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(ContractFormatter())
    # The tests' own client has loggers too, which a server keeps silent.
    handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stderr(said):
            yield said
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


async def forge_line(ground: Ground) -> bool:
    """Have a line in the log that the server did not write, by the name of a photo with a line end in it."""
    said = await _refused(ground, f"photo%0A{FORGED}.jpg")  # as browsers write it
    return any(line.startswith(FORGED) for line in said.splitlines())


async def forge_by_return(ground: Ground) -> bool:
    """Have a terminal show another line than was written, by control characters in one."""
    said = await _refused(ground, f"photo\r\x1b[2K{FORGED}\u2028\u202e.jpg")
    return any(sign in said for sign in "\r\x1b\u2028\u202e")


async def _refused(ground: Ground, name: str) -> str:
    """What the log says of a photo with this name, which is none."""
    # What browsers would write otherwise goes into the form as it is.
    part = f'--b\r\nContent-Disposition: form-data; name="images"; filename="{name}"\r\n\r\nnone\r\n--b--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    with logged() as said:
        answer = await ground.client.post("/upload", content=part.encode(), headers=headers)
    assert answer.status_code == 422, answer.text
    assert "an upload was refused" in said.getvalue(), "there is a line with it"
    return said.getvalue()


async def forge_path(ground: Ground) -> bool:
    """The same by a path that is refused."""
    with logged() as said:
        await ground.client.get(f"/x%0d%0a{FORGED}%1b[2K", headers={"host": "evil.example"})
    assert "421" in said.getvalue(), "there is a line with it"
    lines = said.getvalue().replace("\r", "\n").split("\n")
    return any(line.startswith(FORGED) for line in lines) or "\x1b" in said.getvalue()


async def forge_request(ground: Ground) -> bool:
    """Have a line count as one of somebody else's request, by an id that says more than an id."""
    with logged() as said:
        await ground.client.get("/jobs", headers={"host": "evil.example", "x-request-id": OTHERS})
    assert "421" in said.getvalue(), "there is a line with it"
    return OTHERS in said.getvalue()


async def read_bug(ground: Ground) -> bool:
    """Read what is inside the server from an error that nobody foresaw."""
    secret = nonce()

    async def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(f"could not open /secret/{secret}")

    with Wall({"actors.jobs.service.Jobs.status": fail}).taken_out():
        answer = await ground.client.get("/jobs/job-1")
    assert answer.status_code == 500, answer.text
    return secret in answer.text


async def read_environment(ground: Ground) -> bool:
    """Read the server's keys as a program that it starts, such as a decoder that a photo has taken over."""
    secret = nonce()
    with mock.patch.dict(os.environ, {KEY: secret}):
        await upload(ground.client)
        found = [_environment(child) for child in _children(os.getpid())]
    assert any(b"CALLBOARD_TREE" in one for one in found), "the decoder runs"
    return any(secret.encode() in one for one in found)


async def read_tool_environment(ground: Ground) -> bool:
    """Read them as a tool that has an allow-list of its own."""
    del ground
    source = {KEY: "secret", "CALLBOARD_TOKEN": "secret", "AWS_SECRET_ACCESS_KEY": "secret", "PATH": "/usr/bin"}
    return "secret" in base_environment({"A": "b"}, source).values()


def _children(pid: int) -> list[int]:
    """All processes below one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            direct = [int(one) for one in (task / "children").read_text(encoding="ascii").split()]
        except OSError:
            continue
        found += direct + [one for child in direct for one in _children_of(child)]
    return found


def _children_of(pid: int) -> list[int]:
    try:
        return _children(pid)
    except OSError:
        return []


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _frank(error: BaseException) -> Problem:
    """Say all that is known of an error."""
    return Problem(500, f"{type(error).__name__}: {error}")


class Everything:
    """A list of names that has them all."""

    def __contains__(self, name: object) -> bool:
        return True


class Unquoted(str):
    """A text that is not quoted where it is said with `%r` or `!r`."""

    __slots__ = ()
    __repr__ = str.__str__


class Careless:
    """A logger of a module whose author writes `%s` for `%r`."""

    def log(self, level: int, words: str, *values: object) -> None:
        """Write a line."""
        logging.getLogger("app").log(level, words.replace("%r", "%s"), *values)


def _raw(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Write a message as it is."""
    del formatter
    return f"[AGENT-PYTHON] {record.getMessage()}"


def _any_id(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """Take whatever a request calls itself."""
    return next((value.decode("latin-1") for name, value in headers if name == b"x-request-id"), "")


FORMATTER = Wall({"app.log.ContractFormatter.format": _raw})
NAMES = wall(app__uploads__form__shown=Unquoted)
SHOWN = "names are shown without what cannot be seen, and quoted"


THREATS = (
    Threat(
        "forged line",
        Who.UPLOADER,
        "has a line of his own in the log, by a photo's name with a line end",
        "a second line of a message begins with a prefix and a bar",
        forge_line,
        FORMATTER,
        SERVER,
        also={SHOWN: NAMES},
    ),
    Threat(
        "control characters in the log",
        Who.UPLOADER,
        "has the terminal show something else than what was logged",
        "what a terminal acts on is escaped, as is what turns the direction of writing",
        forge_by_return,
        wall(app__log___safe=same),
        SERVER,
        also={SHOWN: NAMES},
    ),
    Threat(
        "forged line by a path",
        Who.NETWORK,
        "does so with the path of a request that is refused",
        "a path is quoted where it is logged (`%r`)",
        forge_path,
        wall(app__edge__logger=Careless()),
        SERVER,
        also={"a second line of a message begins with a prefix and a bar": FORMATTER},
    ),
    Threat(
        "forged request id",
        Who.NETWORK,
        "has his lines in the log counted as somebody else's, by the id that his request brings",
        "an id has few characters, none of which ends or begins anything in a line, and a bounded number of them",
        forge_request,
        wall(app__front__head__request_id_of=_any_id),
        SERVER,
    ),
    Threat(
        "inside of an error",
        Who.NETWORK,
        "reads paths, queries or secrets in the answer to a request that fails",
        "an error that nobody foresaw is answered with the number of an incident; the log has the rest",
        read_bug,
        wall(app__edge__problem_of_bug=_frank),
        SERVER,
    ),
    Threat(
        "keys in the environment",
        Who.UPLOADER,
        "takes over a decoder with a photo, and reads the server's keys",
        "processes get an environment from an allow-list",
        read_environment,
        wall(actors__processes__environment__ALLOWED=Everything()),
        SERVER,
        fresh=True,
    ),
    Threat(
        "keys of tools",
        Who.PACKAGE,
        "reads the server's keys in a tool's environment",
        "the same",
        read_tool_environment,
        wall(actors__processes__environment__ALLOWED=Everything()),
    ),
)
