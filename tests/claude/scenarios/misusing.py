"""A model that wants what it must not, or what there is not."""

from tests.claude.stage import OURS, Stage


async def no_such_tool(stage: Stage) -> None:
    """A tool that does not exist reaches nobody; the model is told, and goes on."""
    async with stage.open() as talk:
        turn = await talk.ask("To the moon. scenario=no-such-tool")
    assert turn.calls == []
    assert (turn.end.failed, turn.end.text) == (False, "There is no such tool.")


async def bad_arguments(stage: Stage) -> None:
    """Arguments that do not fit are answered with an error, by whoever looks first; the model goes on."""
    async with stage.open() as talk:
        turn = await talk.ask("Write it. scenario=bad-arguments")
    assert {call.name for call in turn.calls} <= {"write_file"}
    assert (turn.end.failed, turn.end.text) == (False, "I got them wrong.")


async def paths_outside(stage: Stage) -> None:
    """Paths are the server's business: they arrive as the model gave them."""
    async with stage.open() as talk:
        turn = await talk.ask("Look around. scenario=outside")
    assert [call.parameters["path"] for call in turn.calls] == ["../outside.txt", "/etc/hostname"]


async def built_in_tools(stage: Stage) -> None:
    """The program's own tools are not offered, and calling them nevertheless does nothing."""
    async with stage.open() as talk:
        turn = await talk.ask("Make files. scenario=built-in")
        assert [path.name for path in stage.files("empty")] == []
    assert turn.calls == []
    assert (turn.end.failed, turn.end.text) == (False, "None of them is there.")
    assert frozenset(turn.init.tools) == OURS
    made = [path.name for path in stage.place.rglob("made-by-*")]
    assert made == []
    for request in stage.asked("built-in"):
        assert frozenset(request["tools"]) == OURS


SCENARIOS = (no_such_tool, bad_arguments, paths_outside, built_in_tools)
