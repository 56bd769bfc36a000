"""Threats by secrets that get to where others read them: lines of the log, events, the words of an error."""

import base64

from actors.builds.base import Said
from actors.builds.pipelines.app_factory_watch import Session
from actors.processes.bounded_log import BoundedLog
from actors.projects.generators.claude.explanations import CODES, Context, failure
from actors.projects.generators.claude.key import Key
from tests.threats.ground import TOKEN, Ground, nonce
from tests.threats.leaks import logged
from tests.threats.threat import Threat, Wall, Who, same, wall

WRONG = "a-token-that-is-not-quite-right"
"""What somebody sends who has mistyped one."""


async def find_token(ground: Ground) -> bool:
    """Find a token in the lines about requests that were refused: people put them everywhere."""
    job = await ground.victim()
    words = (TOKEN, WRONG, base64.b64encode(TOKEN.encode()).decode())
    with logged() as said:
        for word in words:
            for path in (f"/ws/{job}?token={word}", f"/ws?token={word}", f"/ws/{job}"):
                offers = (f"Sec-WebSocket-Protocol: bearer.{word}", f"Authorization: Bearer {word}x")
                assert not await ground.upgrade(path, "Host: evil.example", *offers)
            headers = {"authorization": f"Bearer {word}", "cookie": word, "host": "evil.example"}
            await ground.client.get("/jobs", params={"token": word}, headers=headers)
            await ground.client.delete("/jobs/none", params={"token": word}, headers=headers)
    assert said.getvalue().count("refused") >= 5 * len(words), "there is a line for each"
    return any(word in said.getvalue() for word in words)


async def find_key_in_event(ground: Ground) -> bool:
    """Find a key in what a pipeline says, and the orchestrator hears: a program of it has printed its environment."""
    key, heard = nonce(), list[str]()

    async def tell(said: Said) -> None:
        heard.append(said.content)

    with BoundedLog(ground.directory / f"{nonce()}.log") as log:
        session = Session(tell, log, {"ANTHROPIC_API_KEY": key})
        await session.hear((f"Error: the key {key} was refused", f"ANTHROPIC_API_KEY={key}"))
        await session.finish()
    said = [*heard, session.tail, log.path.read_text("utf-8")]
    assert any("was refused" in one for one in said), "the rest of it is told"
    return any(key in one for one in said)


async def find_key_in_error(ground: Ground) -> bool:
    """Find it in the error that an agent's run ends with, for whatever reason."""
    del ground
    key = f"{nonce()}{nonce()}"
    context = Context("project-1", "a model", key=Key(key, "a file"))
    failures = [failure(code, context, f"the agent said {key}") for code in CODES]
    return any(key in f"{one.problem} {one.hint}" for one in failures)


THREATS = (
    Threat(
        "token in the log",
        Who.READER,
        "finds a token in a line about a request that was refused, which had it in its address",
        "lines have the path of a request, and neither its query nor its headers",
        find_token,
        Wall({"app.front.head.Head.path": property(lambda head: head.target)}),
        {"token": TOKEN},
    ),
    Threat(
        "key in an event",
        Who.READER,
        "finds the API key in the events, messages and log of a build, since a program there has printed it",
        "what a pipeline prints is told with the names of secrets in place of their values",
        find_key_in_event,
        Wall({"actors.builds.pipelines.app_factory_watch.Session._without_secrets": lambda _, line: line}),
    ),
    Threat(
        "key in an error",
        Who.READER,
        "finds it in the words that an agent's run ended with",
        "it is taken out of them, as is what looks like one",
        find_key_in_error,
        wall(actors__projects__generators__claude__explanations__redact=same),
    ),
)
