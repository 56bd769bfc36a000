"""The reference of the builder contract says what the code says: contents, types, bounds, commands, phases."""

import inspect
import re

from actors.builds import base, reporter, work
from actors.builds import commands as asked
from actors.builds.backoff import Backoff
from actors.builds.commands import Patience
from actors.builds.line import Limits
from actors.builds.reporter import MAX_CONTENT, STEPS
from actors.builds.service import _HEARD_S
from actors.builds.transform import copying, leaving, swap
from actors.builds.transform.modes import DIRECTORY_MODE, FILE_MODE, PROGRAM_MODE
from actors.builds.work import _STOP_AT_CANCEL_S, _STOP_S, DEFAULT_PORT, BuildSettings, BuildWork
from actors.runs.states import ATTEMPTS
from app.contracts.builds.courier import _FIELDS, _REFUSALS
from app.contracts.builds.models import PROMPT_BYTES, BuildBody
from app.contracts.builds.routes import STARTED
from app.log import _ERROR_PREFIX, _PERF_PREFIX, _PREFIX
from app.settings import Settings
from client.selftest import contract
from tests.docs.markdown import blocks, codes, read, rows, section

PAGE = read("reference/builder.md")
MESSAGES = section(PAGE, "The messages")
DELIVERY = section(PAGE, "Delivery")


def default(setting: str) -> object:
    """A setting's default."""
    return Settings.__fields__[setting].default


def test_the_seven_are_listed_to_the_byte() -> None:
    """With their types; the conformance kit, which has its own, has the same."""
    seven = [row for row in rows(MESSAGES) if row[0].isdecimal()]
    contents = [codes(row[2])[0] for row in seven]

    assert contents == [*STEPS, base.COMPLETED] == list(contract.SEVEN)
    assert [row[0] for row in seven] == [str(number) for number in range(1, 8)]
    assert [codes(row[1])[0] for row in seven] == [*[base.STATUS] * 6, base.SUCCESS]
    assert [contents[step - 1] for step in base.Step] == list(base.STEP_CONTENT.values())


def test_every_type_and_every_field_is_listed() -> None:
    """Of messages, and of a request."""
    types = [codes(row[0])[0] for row in rows(MESSAGES[: MESSAGES.index("These seven")])]
    request, answer = section(PAGE, "The request"), blocks(PAGE, "json")[0].text
    fields = [codes(row[0])[0] for row in rows(request) if row[0].startswith("`")]

    assert sorted(types) == sorted(base.MESSAGE_TYPES)
    assert fields == [field.alias for field in BuildBody.__fields__.values()]
    assert f'"message": "{STARTED}"' in answer
    assert f"at most {PROMPT_BYTES // 1024} KiB" in request
    assert f"else {DEFAULT_PORT}" in request
    assert re.findall(r'"(\w+)":', blocks(MESSAGES, "json")[0].text) == list(_FIELDS)
    assert f"over {MAX_CONTENT} characters" in MESSAGES
    assert BuildBody.parse_obj({"runId": "run-1", "prompt": "a shop", "workspaceId": "w", "more": 1}).run_id == "run-1"


def test_the_bounds_of_delivery_are_the_codes() -> None:
    """As they are by default."""
    limits, backoff = Limits(), Backoff()

    assert f"{limits.waiting} messages of one build wait (`outbox_waiting`)" in DELIVERY
    assert f"older than {limits.hours:g} hours (`outbox_hours`)" in DELIVERY
    assert f"{', '.join(map(str, _REFUSALS[:-1]))} or {_REFUSALS[-1]} is answered to one message" in DELIVERY
    assert f"{limits.refusals} times" in DELIVERY
    assert f"{BuildSettings(()).messages} messages of a pipeline were relayed (`build_messages`)" in DELIVERY
    assert f"up to {backoff.first:g} s at first, up to {backoff.most:g} s" in DELIVERY
    assert f"up to {_HEARD_S:g} s before each command" in DELIVERY
    assert (limits.waiting, limits.hours) == (default("outbox_waiting"), default("outbox_hours"))
    assert BuildSettings(()).messages == default("build_messages")


def test_the_commands_and_their_times_are_the_codes() -> None:
    """And what is said of them."""
    page, patience = section(PAGE, "Commands"), Patience()
    listed = {row[0].strip("`"): row for row in rows(page)}

    assert list(listed) == [asked.INSTALL, asked.BUILD, asked.START, "the stop command"]
    assert f"({patience.command:g} s)" in listed[asked.INSTALL][2]
    assert f"{patience.start:g} s" in listed[asked.START][2]
    assert listed["the stop command"][2] == f"{_STOP_S:g} s, after a cancel {_STOP_AT_CANCEL_S:g} s"
    assert f"`exec_retry_seconds` ({patience.retry:g} s)" in page
    assert (patience.command, patience.retry) == (default("install_seconds"), default("exec_retry_seconds"))


def test_phases_attempts_and_times_are_the_codes() -> None:
    """In their order."""
    page = section(PAGE, "Phases, and what a crash does")
    phases = re.findall(r'^            "(\w+)": self\._', inspect.getsource(BuildWork._phases), re.MULTILINE)

    assert [codes(row[0])[0] for row in rows(page) if row[0].startswith("`")] == phases
    assert f"`build_seconds` ({BuildSettings(()).total:g} s)" in page
    assert BuildSettings(()).total == default("build_seconds")
    assert ATTEMPTS == 3
    assert "after three" in page


def test_the_other_contents_are_the_codes() -> None:
    """What stands in back quotes is in the source, but for its numbers."""
    source = inspect.getsource(work) + inspect.getsource(reporter)
    table = MESSAGES[MESSAGES.index("What else is said") :]
    contents = [found for row in rows(table) for found in re.findall(r"`` ?(.+?) ?``|`([A-Z0-9][^`]{20,})`", row[1])]

    assert len(contents) >= 6
    for first, second in contents:
        words = re.split(r"\bN\b|\bS\b", first or second)
        assert all(word.strip() in source for word in words), first or second


def test_the_transform_is_told_as_it_is() -> None:
    """What is left out and what stays, names and modes."""
    page = section(PAGE, "The transform")

    assert {f"`{name}`" for name in copying.LEFT_OUT} <= set(re.findall(r"`[^`]+`", page))
    for name in leaving._KEPT - {swap.BOARD}:
        assert f"`{name}`" in page or f"`{name}/`" in page, name
    for name in (swap.MANIFEST, swap.SWAP, f"{swap.PREVIOUS}/", f"{swap.STAGING}RUN/", f"{swap.OUTGOING}RUN/"):
        assert f"`{name}`" in page, name
    assert f"mode {DIRECTORY_MODE:o}, files {FILE_MODE:o} and programs {PROGRAM_MODE:o}" in page


def test_the_prefixes_of_the_log_are_listed() -> None:
    """As lines begin."""
    listed = [codes(row[0])[0] for row in rows(section(PAGE, "The log")) if row[0].startswith("`")]

    assert listed == [_PREFIX, _ERROR_PREFIX, _PERF_PREFIX]
