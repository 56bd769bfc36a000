"""The translator: the contract's lines, other spellings, and what must not get through."""

import time
import unicodedata
from collections.abc import Sequence
from typing import Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.builds.base import ACTION, ASSISTANT, MESSAGE_TYPES, STATUS, SUCCESS, WARNING, Said, Step
from actors.builds.translate import Translator
from actors.builds.translate.repeats import MAX_KEPT
from actors.builds.translate.text import MAX_CONTENT
from actors.builds.translate.translator import FLOOD, MAX_FRAMES

ROBOT, DONE, CROSS = "\U0001f916", "\u2705", "\u274c"


def translate(*lines: str) -> list[Said]:
    """What a new translator makes of some lines."""
    translator = Translator()
    return [*translator.take(lines), *translator.finish()]


def contents(*lines: str) -> list[str]:
    """The contents alone."""
    return [said.content for said in translate(*lines)]


@pytest.mark.parametrize(
    ("line", "kind", "step"),
    [
        (f"{ROBOT} PRD Agent: Starting", ACTION, Step.SPECIFY),
        (f"{ROBOT} PRDAgent: Starting", ACTION, Step.SPECIFY),
        (f"{ROBOT} Business Requirements: Starting (attempt 1)", ACTION, Step.SPECIFY),
        (f"{ROBOT} Frontend Interaction Spec: Starting", ACTION, Step.SPECIFY),
        (f"{ROBOT} Technical Implementation Spec: Starting", ACTION, Step.SPECIFY),
        (f"{ROBOT} Wireframe Writer: Starting", ACTION, Step.STRUCTURE),
        (f"{ROBOT} Technical Architect: Starting", ACTION, Step.STRUCTURE),
        (f"{ROBOT} FrontendWriterAgent: Starting", ACTION, Step.FRONTEND),
        (f"{ROBOT} UI Polisher: Starting", ACTION, Step.FRONTEND),
        (f"{ROBOT} Orchestrator: Starting", ACTION, None),
        (f"2026-01-02 03:04:05,678 - factory.agents - INFO - {ROBOT} Page Agent: Starting", ACTION, Step.FRONTEND),
        (f"12:00:01 {ROBOT} Page Agent: Starting", ACTION, Step.FRONTEND),
        (f"INFO:factory:{ROBOT} Page Agent: Starting", ACTION, Step.FRONTEND),
        ("Component Builder: Starting", ACTION, Step.FRONTEND),
        (f"{DONE} PRD Agent complete. Cost: $0.1234", SUCCESS, None),
        (f"{DONE} PRD Agent completed", SUCCESS, None),
        (f"{DONE} Dependencies resolved", SUCCESS, None),
        ("[HEARTBEAT] PRD Agent active for 30s", STATUS, Step.SPECIFY),
        ("[HEARTBEAT] Someone active for 12.5s", STATUS, None),
        ("Writer iteration 2/5", ACTION, None),
        ("Writer: attempt #3", ACTION, None),
        ("Iteration 2 of 5: Writer", ACTION, None),
        ("--- Iteration 3 ---", ACTION, None),
        ("Wireframe Writer iteration 1/5", ACTION, Step.STRUCTURE),
        ("Critic score 7.5", STATUS, None),
        ("Critic score: 7.5/10", STATUS, None),
        ("Wireframe Critic iteration 2: 80% compliant", STATUS, None),
        ("Stage 2: Wireframe generation", ACTION, Step.STRUCTURE),
        ("Stage 0/4 - Business PRD", ACTION, Step.SPECIFY),
        ("Stage 0: PRD complete", STATUS, None),
        ("Tool: Write app/page.tsx", ACTION, None),
        ("Assistant: I will begin with the layout.", ASSISTANT, None),
        ("[assistant] Done with the layout.", ASSISTANT, None),
        ("ERROR: no such model", WARNING, None),
        ("Error: listen EADDRINUSE", WARNING, None),
        ("TypeError [ERR_INVALID_ARG_TYPE]: path must be a string", WARNING, None),
        ("2026-01-02 03:04:05 ERROR something broke", WARNING, None),
        ("[factory] CRITICAL: out of credit", WARNING, None),
        ("WARNING: retrying", WARNING, None),
        ("/site-packages/x.py:12: DeprecationWarning: old", WARNING, None),
        ("npm ERR! code E404", WARNING, None),
        (f"{CROSS} Stage failed", WARNING, None),
        ('{"type": "progress", "content": "half way"}', STATUS, None),
        ('{"type": "info", "message": "half way"}', STATUS, None),
        ('{"type": "error", "content": "half way"}', WARNING, None),
        ('{"type": "assistant", "content": "half way"}', ASSISTANT, None),
        ('{"type": "unheard of", "content": "half way"}', STATUS, None),
        ("INFO - reading the prompt", STATUS, None),
        ("Error handling page created", STATUS, None),
        ("Generating page 2/7", STATUS, None),
        ("Anything else at all", STATUS, None),
    ],
)
def test_lines_become_messages(line: str, kind: str, step: Optional[Step]) -> None:
    """Each line alone: its type and the step that it shows; the content is the pipeline's own, JSON aside."""
    said = translate(line)

    assert [(message.type, message.step) for message in said] == [(kind, step)]
    assert said[0].content in {line, "half way"}


def test_steps_only_go_forward() -> None:
    """Each step once, none after a later one; a writer is the frontend's once there is a structure."""
    said = translate(
        "Writer iteration 1/5",
        f"{ROBOT} PRD: Starting",
        f"{ROBOT} Spec: Starting",
        "Writer iteration 2/5",
        f"{ROBOT} Wireframe: Starting",
        f"{ROBOT} Requirements: Starting",
        "Writer iteration 3/5",
        f"{ROBOT} Structure: Starting",
        f"{ROBOT} Page: Starting",
    )

    assert [message.step for message in said] == [
        None, Step.SPECIFY, None, None, Step.STRUCTURE, None, Step.FRONTEND, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "heard"),
    [
        ([10, 20, 30, 40, 50, 60, 70], [10, 40, 70]),
        ([1000, 1030, 1119, 1120, 1200, 1240], [1000, 1120, 1240]),
        ([30, 60, 5, 20, 35], [30, 60, 5, 35]),
        ([7, 7, 7], [7]),
    ],
)
def test_heartbeats_show_life_without_flooding(seconds: Sequence[int], heard: Sequence[int]) -> None:
    """Decided by the seconds that they tell: 30 apart at first, two minutes later on; fewer than before begin anew."""
    lines = [f"[HEARTBEAT] Writer active for {number}s" for number in seconds]

    assert contents(*lines) == [f"[HEARTBEAT] Writer active for {number}s" for number in heard]


def test_each_agent_has_its_own_heartbeat() -> None:
    """One agent's does not hide another's; the number that is remembered is bounded."""
    lines = [f"[HEARTBEAT] {agent} active for 10s" for agent in ("A", "B", "A", "B")]
    many = [f"[HEARTBEAT] {agent} active for 10s" for agent in range(3 * MAX_KEPT)]
    translator = Translator()

    assert len(contents(*lines)) == 2
    assert len(translator.take(many)) == 3 * MAX_KEPT
    assert len(translator._beats._last._numbers) == MAX_KEPT


def test_the_step_of_a_heartbeat_is_told_even_when_it_is_not() -> None:
    """The agent's name may be the first sign of a step."""
    beats = [f"[HEARTBEAT] Wireframe active for {number}s" for number in (10, 20)]

    assert [said.step for said in translate(*beats)] == [Step.STRUCTURE]


def test_costs_are_added_up() -> None:
    """Exactly, and only where an agent is complete."""
    translator = Translator()
    assert translator.cost is None

    translator.take([f"{DONE} {agent} complete. Cost: $0.1" for agent in "ABC"])
    translator.take([f"{DONE} D complete. Cost: $1,000.25", f"{DONE} E complete. Cost: $", "Total cost: $99"])

    assert translator.cost == 1000.55


@pytest.mark.parametrize(
    ("line", "content"),
    [
        ("\x1b[1;32mgreen\x1b[0m", "green"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPsixel\x1b\\text", "text"),
        ("\x1b7\x1b(Btext\x1b[12", "text"),
        ("\x1b]0;never ended", None),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("a\tb\x0bc\u2028d\ne", "a b c d e"),
        ("\ufefftext\u200b\u202e!", "text!"),
        ("\U0001f469\u200d\U0001f4bb at work", "\U0001f469\u200d\U0001f4bb at work"),
        ("bad \ufffd\ufffd bytes", "bad \ufffd\ufffd bytes"),
        ("lone \ud800", "lone \ufffd"),
        ("   \t ", None),
        ("\u200d\ufe0f", None),
        ("==========", None),
        ("+-----+-----+", None),
        ("\u2554\u2550\u2550\u2557", None),
        ("\u2502      Stage: it begins      \u2502", "\u2502  Stage: it begins  \u2502"),
        ("...", None),
    ],
)
def test_only_what_can_be_read_is_relayed(line: str, content: Optional[str]) -> None:
    """No terminal sequences, no control characters, nothing invisible, no decoration."""
    assert contents(line) == ([] if content is None else [content])


def test_long_lines_are_cut_with_a_note() -> None:
    """The bound includes the note, which says how much is missing."""
    content = contents("x" * 1_000_000)[0]

    assert len(content) <= MAX_CONTENT
    assert content.endswith(" characters cut]")
    kept = content.index(" [")
    assert content == f"{'x' * kept} [{1_000_000 - kept} characters cut]"


def test_the_frames_of_a_bar_become_a_few_messages() -> None:
    """Each quarter and the end; another bar, or the same one again later, begins anew."""
    bar = [f"Downloading {'#' * (n // 10)}{' ' * (10 - n // 10)} {n}%" for n in range(101)]
    again = [*bar, f"{DONE} Download complete", *bar]

    assert [content.rpartition(" ")[2] for content in contents(*bar)] == ["0%", "25%", "50%", "75%", "100%"]
    assert len(contents(*again)) == 11
    assert len(contents(*(f"Compiling {n}/120 modules" for n in range(121)))) == 5
    assert len(contents(*(f"{chr(0x2801 + n)} Thinking... {n}s" for n in range(100)))) == 1
    assert len(contents(*(f"- Bullet {n}" for n in range(9)))) == 9


def test_exact_repeats_are_said_once() -> None:
    """Only when they follow each other."""
    assert contents("one", "one", "", "one ", "two", "one") == ["one", "two", "one"]


def test_a_traceback_becomes_its_last_line() -> None:
    """The frames are in the log; chained ones make one message each; one that is cut off says where."""
    lines = (
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in <module>',
        "    boom()",
        "ValueError: no",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        '  File "b.py", line 2, in <module>',
        "RuntimeError",
        "going on",
    )

    assert [(said.type, said.content) for said in translate(*lines)] == [
        (WARNING, "ValueError: no"),
        (WARNING, "RuntimeError"),
        (STATUS, "going on"),
    ]
    assert contents(*lines[:3]) == ["Traceback (most recent call last): boom()"]
    assert contents("Error: no", "    at run (/app/x.js:1:2)", "next") == ["Error: no", "next"]


def test_a_traceback_without_an_end_does_not_swallow_everything() -> None:
    """After so many lines, the rest is read as usual."""
    lines = ["Traceback (most recent call last):", *(f"    frame {n}" for n in range(MAX_FRAMES + 9))]

    assert len(contents(*lines)) == 9


def test_a_flood_is_bounded() -> None:
    """Each kind of line has its room, the rest is announced once, and steps are told all the same."""
    translator = Translator(known=3, plain=2)

    said = translator.take([f"line {chr(97 + n)}" for n in range(9)])
    assert [message.content for message in said] == ["line a", "line b", FLOOD]
    assert len(translator.take([f"{ROBOT} {n}: Starting" for n in range(9)])) == 3
    assert [message.step for message in translator.take([f"{ROBOT} Page: Starting"])] == [Step.FRONTEND]


@pytest.mark.parametrize(
    "piece",
    [
        "\x1b[", "\x1b[1;", "\x1b]", "\x1b", "a", " ", "-", "1/", "9%", "a: ", "Error", "writer ", "critic ",
        f"{ROBOT} ", "{", '{"a":', "[HEARTBEAT] ", "\ufeff", "\x00", "Starting:", "12:00:00 ", "\u2588", "w.", "a b ",
        ".error ",
    ],
)  # fmt: skip
def test_hostile_lines_take_linear_time(piece: str) -> None:
    """Twice the length does not take much more than twice the time."""
    translator = Translator()

    def seconds(length: int) -> float:
        line = piece * (length // len(piece))
        took = []
        for _ in range(5):
            began = time.process_time()
            translator.take([line])
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(500_000) < 6 * max(seconds(250_000), 0.002)


PIECES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            f"{ROBOT} Page: Starting", f"{DONE} X complete. Cost: $1", "[HEARTBEAT] X active for 30s", "Error: x",
            "Traceback (most recent call last):", "  frame", "50%", "51%", "\x1b[1m",
            '{"type": "info", "content": "x"}',
        ]
    ),
)  # fmt: skip
LINES = st.lists(st.lists(PIECES, max_size=3).map("".join), max_size=20)


@settings(max_examples=60, deadline=None)
@given(LINES, st.data())
def test_whatever_is_printed(lines: list[str], data: st.DataObject) -> None:
    """Known types, bounded contents without control characters, whole steps; how lines are grouped does not matter."""
    said = translate(*lines)
    cut = data.draw(st.integers(0, len(lines)))
    translator = Translator()

    assert [*translator.take(lines[:cut]), *translator.take(lines[cut:]), *translator.finish()] == said
    for message in said:
        assert message.type in MESSAGE_TYPES
        assert message.type != "error"
        assert len(message.content) <= MAX_CONTENT
        assert message.content or message.step
        assert not [sign for sign in message.content if unicodedata.category(sign) in {"Cc", "Cs"}]
