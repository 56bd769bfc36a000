"""Conversations that go well."""

from actors.projects.generators.claude.protocol import Call, Exit, Fatal, OfferedTool, Result, Used
from tests.claude.stage import KEY, MODEL, OURS, Stage, Turn, done, results_in


async def whole_app(stage: Stage) -> None:
    """An app in a dozen calls, told as it is made."""
    async with stage.open() as talk:
        turn = await talk.ask("Make an app for tea. scenario=app")
    assert len(turn.calls) == 13
    assert (turn.calls[0].name, turn.calls[0].parameters) == ("create_vite_app", {"name": "Tea tasting"})
    assert turn.calls[-1].name == "generate_preview_url"
    assert [call.id for call in turn.calls] == sorted({call.id for call in turn.calls})
    assert turn.said.startswith("I make a small app. I read what there is. Now its page.")
    assert turn.streamed == turn.said.replace(". ", ".")
    assert len({used.message for used in turn.used}) == len(turn.used) == 12
    assert {(used.input_tokens, used.output_tokens) for used in turn.used} == {(1000, 50)}
    assert (turn.end.failed, turn.end.subtype, turn.end.turns) == (False, "success", 14)
    assert turn.end.text == "Your app is ready: a list of teas."
    assert turn.end.cost_usd > 0
    assert (turn.init.session, frozenset(turn.init.tools), turn.init.model) == (stage.session, OURS, MODEL)
    for request in stage.asked("app"):
        assert (request["headers"]["x-api-key"], request["model"]) == (KEY, MODEL)
        assert frozenset(request["tools"]) == OURS
        assert "authorization" not in request["headers"]


async def parallel_calls(stage: Stage) -> None:
    """Calls that are wanted at once come one after the other, and the model gets all of their results at once."""
    async with stage.open() as talk:
        turn = await talk.ask("Do all of it. scenario=parallel")
    assert [call.name for call in turn.calls] == ["write_file", "write_file", "list_directory"]
    assert turn.end.text == "Three things are done."
    for request in stage.asked("parallel")[1:]:
        assert [text for text, _ in results_in(request)] == [done(call).text for call in turn.calls]


async def failed_call(stage: Stage) -> None:
    """A tool that fails is no failure of the prompt; the model is told."""
    async with stage.open() as talk:
        turn = await talk.ask("Look. scenario=one-tool", lambda call: Result(call.id, "no such file", failed=True))
    assert (turn.end.failed, turn.end.text) == (False, "I looked.")
    for request in stage.asked("one-tool")[1:]:
        assert results_in(request) == [("no such file", True)]


async def follow_up(stage: Stage) -> None:
    """A second prompt to the same worker knows of the first, and costs are those of both."""
    async with stage.open() as talk:
        first = await talk.ask("Hello. scenario=hello")
        second = await talk.ask("And again. scenario=again")
    assert (first.end.text, second.end.text) == ("Hello there.", "Hello again.")
    assert second.end.cost_usd > first.end.cost_usd
    assert first.init.session == second.init.session
    assert all(_knows(request, "scenario=hello", "Hello there.") for request in stage.asked("again"))


async def resumed(stage: Stage) -> None:
    """A worker that comes later goes on with the conversation."""
    async with stage.open() as talk:
        first = await talk.ask("Remember this. scenario=resume-1")
    async with stage.open(resume=True) as talk:
        second = await talk.ask("What was it? scenario=resume-2")
    assert (first.end.text, second.end.text) == ("First.", "You said it before.")
    assert second.init.session == stage.session
    assert all(_knows(request, "Remember this", "First.") for request in stage.asked("resume-2"))


async def killed(stage: Stage) -> None:
    """A worker that is killed in the middle of a call is followed by one that knows what had happened."""
    async with stage.open() as talk:
        first = await talk.begin("Look at it. scenario=killed-1")
        await talk.until(Call, first)
        await talk.until(Used, first)
        await stage.kept("I look.")
        await talk.kill()
    async with stage.open(resume=True) as talk:
        second = await talk.ask("Go on. scenario=killed-2")
    assert second.end.text == "I go on."
    assert all(_knows(request, "Look at it", "I look.") for request in stage.asked("killed-2"))


async def lost(stage: Stage) -> None:
    """A conversation that is not there cannot be gone on with; the worker says so in the place of being ready."""
    async with stage.start(resume=True) as talk:
        said = await talk.hear()
        assert isinstance(said, Fatal)
        assert (said.kind, "No conversation found" in said.text) == ("sdk", True)
        assert isinstance(await talk.worker.receive(), Exit)


async def moved(stage: Stage) -> None:
    """A conversation is found from another directory than the one that it was held in."""
    other = stage.place / "elsewhere"
    other.mkdir()
    async with stage.open() as talk:
        await talk.ask("Remember this. scenario=moved-1")
    async with stage.open(resume=True, cwd=str(other)) as talk:
        second = await talk.ask("What was it? scenario=moved-2")
    assert second.init.session == stage.session
    assert all(_knows(request, "Remember this", "First.") for request in stage.asked("moved-2"))


async def hidden_key(stage: Stage) -> None:
    """While a worker talks and afterwards, no file has the key, and no process shows it."""
    async with stage.open() as talk:
        turn = await talk.begin("Look. scenario=hidden-key")
        await talk.until(Call, turn)
        await stage.kept("scenario=hidden-key")
        assert stage.holding(KEY) == []
        await talk.worker.send(done(turn.calls[0]))
        await talk.finish(turn)
    assert stage.holding(KEY) == []


async def forked(stage: Stage) -> None:
    """A conversation begins with the history of another one."""
    other = "00000000-0000-4000-8000-000000000000"
    async with stage.open(session=other) as talk:
        await talk.ask("Remember this. scenario=fork-1")
    async with stage.open(fork_from=other) as talk:
        second = await talk.ask("What was it? scenario=fork-2")
    assert (second.end.text, second.init.session) == ("You said it in another place.", stage.session)
    assert all(_knows(request, "Remember this", "First.") for request in stage.asked("fork-2"))


async def big_result(stage: Stage) -> None:
    """A result of 5 MB goes through, and the conversation goes on; the model sees no more than where it was put."""

    def much(call: Call) -> Result:
        return Result(call.id, "y" * 5_000_000, failed=False)

    async with stage.open() as talk:
        turn = await talk.ask("Read it all. scenario=big-result", much)
    assert (turn.end.failed, turn.end.text) == (False, "It was long.")
    for request in stage.asked("big-result")[1:]:
        ((text, failed),) = results_in(request)
        assert (text.startswith("Error: result (5,000,000 characters"), len(text) < 4000, failed) == (True, True, False)


async def big_call(stage: Stage) -> None:
    """Parameters of 5 MB arrive whole."""
    anything = OfferedTool("write_file", "Write a file.", {"type": "object", "properties": {}})
    async with stage.open(tools=(anything,)) as talk:
        turn: Turn = await talk.ask("Write it all. scenario=big-input")
    (call,) = turn.calls
    assert len(call.parameters["content"]) == 5_000_000
    assert (turn.end.failed, turn.end.text) == (False, "It is written.")


async def literal_prompt(stage: Stage) -> None:
    """A prompt is text: no file is read for it, and no command of the program is run by it."""
    async with stage.open() as talk:
        await talk.ask("Read @/etc/hostname please. scenario=again")
        turn = await talk.ask("/cost scenario=hello")
    assert turn.end.text == "Hello there."
    for request in stage.asked("hello"):
        first, *_, last = request["messages"]
        assert first["content"][-1]["text"] == "Read @/etc/hostname please. scenario=again"
        assert [block["text"] for block in last["content"]] == ["/cost scenario=hello"]


def _knows(request: object, *words: str) -> bool:
    """Whether all of these words are in what was asked."""
    return all(word in str(request) for word in words)


SCENARIOS = (
    whole_app,
    parallel_calls,
    failed_call,
    follow_up,
    resumed,
    killed,
    lost,
    moved,
    hidden_key,
    forked,
    big_result,
    big_call,
    literal_prompt,
)
