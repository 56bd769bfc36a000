"""What the agent is told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.projects.generators.claude.instructions import (
    MAX_EARLIER,
    MAX_SYSTEM,
    MAX_TAIL,
    continue_prompt,
    fenced,
    repair_prompt,
    retold_prompt,
    system_prompt,
    user_prompt,
)
from actors.projects.starters.starters import STARTERS
from actors.projects.tools.table import make_tools


def test_the_system_prompt_is_short() -> None:
    """It is paid for with each request."""
    assert len(system_prompt()) <= MAX_SYSTEM


def test_the_system_prompt_names_only_tools_that_there_are() -> None:
    """Each word that looks like a tool is one."""
    tools = set(make_tools())
    verbs = {name.split("_")[0] for name in tools}
    named = {word for word in re.findall(r"\b[a-z]+_[a-z_]+\b", system_prompt()) if word.split("_")[0] in verbs}
    assert named <= tools
    assert {"install_dependencies", "start_dev_server", "generate_preview_url", "run_command"} <= named


def test_the_system_prompt_names_each_starter() -> None:
    """With the page to change first, and the tool that makes it."""
    for starter in STARTERS.values():
        assert f"create_{starter.name}_app" in system_prompt()
        assert f"create_{starter.name}_app" in make_tools()
        assert starter.entry in system_prompt()


@pytest.mark.parametrize("text", ["Make a shop", "see @/etc/hostname", "a /compact in the middle", "# A heading"])
def test_a_request_is_sent_as_it_is(text: str) -> None:
    """It is the person's."""
    assert user_prompt(text) == text


@pytest.mark.parametrize("text", ["/compact", "  /clear", "\n/cost", "/etc/hosts is a file", "//"])
def test_a_request_is_never_a_command_of_the_agents_program(text: str) -> None:
    """What begins with a slash does not come first, and is whole."""
    sent = user_prompt(text)
    assert not sent.lstrip().startswith("/")
    assert sent.endswith(text)


def test_what_cannot_be_written_is_replaced() -> None:
    """A lone surrogate would fail where the prompt is sent."""
    for prompt in (user_prompt("a\ud800b"), continue_prompt("a\ud800b"), retold_prompt(["\ud800"], "x\udfff")):
        prompt.encode("utf-8")


def test_going_on_says_what_was_wanted() -> None:
    """The agent may never have got it; no prompt of ours is a command."""
    prompt = continue_prompt("/init a shop")
    assert prompt.endswith("/init a shop")
    assert not prompt.startswith("/")


def test_a_project_is_told_again() -> None:
    """In order, and bounded."""
    prompt = retold_prompt(["first", "second " + "x" * 10 * MAX_EARLIER], "third")
    assert prompt.index("1. first") < prompt.index("2. second") < prompt.index("third")
    assert len(prompt) < 2 * MAX_EARLIER
    assert retold_prompt([], "/third") == user_prompt("/third")


def test_a_repair_says_what_failed_and_shows_the_end() -> None:
    """The end of a log is where the error is."""
    prompt = repair_prompt(
        "its build fails.", "begin\n" + "x" * 3 * MAX_TAIL + "\n\x1b[31merror: no such module\x1b[0m"
    )
    assert "its build fails." in prompt
    assert "\nerror: no such module\n" in prompt
    assert "begin" not in prompt
    assert len(prompt) < MAX_TAIL + 1_000
    assert "same way" not in prompt
    assert "same way" in repair_prompt("its build fails.", "", again=True)


@given(st.text(alphabet="`\na ", max_size=300))
def test_nothing_in_a_log_ends_its_fence(text: str) -> None:
    """What looks like its end is shorter."""
    lines = fenced(text).split("\n")
    assert lines[0] == lines[-1]
    assert set(lines[0]) == {"`"}
    assert all(lines[0] not in line for line in lines[1:-1])


def test_nothing_printed_is_said() -> None:
    """An empty fence would be a riddle."""
    assert "nothing was printed" in fenced(" \n")
