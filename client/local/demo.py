"""`callboard demo`: the main job, from start to end, on this machine."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Optional

import click
import trio

from actors.jobs.engines.table import PREFERRED
from actors.runtime.errors import CallboardError
from app.log import configure_logging
from app.main import open_server
from app.settings import Settings
from client.api import open_client
from client.commands.upload import UploadRequest, upload_and_watch
from client.errors import ClientError
from client.exits import Exit
from client.local.settings import problem_here, read_settings, settings_options
from client.options import Options, common_options
from client.session import Session, run_command

SAMPLES = Path(__file__).parent.parent / "samples" / "mini"
"""Six photos of a toy monkey, rendered for this project."""

MODEL = Path("callboard-demo.glb")

EXTRA = "callboard[reconstruct]"
"""What has an engine that looks at photos."""


@click.command()
@click.argument("photos", nargs=-1, metavar="[PATH...]", type=click.Path(path_type=Path))
@click.option("--engine", metavar="NAME", help="The engine.  [default: pixelmap where it is installed]")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=MODEL, help=f"The model.  [default: {MODEL}]")
@click.option("--once", is_flag=True, help="End when the model is there, without keeping the server.")
@settings_options
@common_options
@click.pass_obj
def demo(
    options: Options,
    /,
    *,
    photos: tuple[Path, ...],
    engine: Optional[str],
    output: Path,
    once: bool,
    **flags: Any,
) -> None:
    """Run the server, and reconstruct the sample photos, or the photos in PATH.

    The server goes on until Ctrl-C, so that the model can be looked at in a browser.
    """
    flags["log_level"] = flags["log_level"] or "warning"
    request = UploadRequest(photos or (SAMPLES,), 0, None, engine, (), True, output.absolute())

    async def command(session: Session) -> Exit:
        settings = read_settings(flags)
        configure_logging(settings.log_level, settings.log_format)
        async with AsyncExitStack() as stack:
            port, ours = await _find_or_start(stack, session, settings)
            client = await stack.enter_async_context(open_client(f"http://127.0.0.1:{port}", settings.token or ""))
            here = Session(client, session.renderer, session.interrupts, session.can_ask)
            if engine is None:
                await _say_what_is_missing(here)
            code = await upload_and_watch(here, request)
            if code is Exit.OK and ours and not once:
                await _wait_for_interrupt(session)
            return code

    run_command(options, command)


async def _say_what_is_missing(session: Session) -> None:
    """Say that the model will not be one of the photos, where what looks at photos is not installed."""
    answer = await session.client.engines()
    default = str(answer.get("default", ""))
    real: dict[str, Any] = next((engine for engine in answer["engines"] if engine.get("name") == PREFERRED[0]), {})
    if default != PREFERRED[0] and not real.get("available", True):
        session.renderer.notice(
            f"the engine {default} makes up a model, without a look at the photos: {PREFERRED[0]} is"
            f" {real.get('reason')}. Install {EXTRA}, such as with: pipx install --force '{EXTRA}'"
        )


async def _wait_for_interrupt(session: Session) -> None:
    """Keep the server until somebody ends it, which is not an interruption: all is done."""
    session.renderer.notice("the server goes on, so that you can look at the model; Ctrl-C ends it")
    wanted = trio.Event()
    with session.interrupts.handled_by(wanted.set, wanted.set):
        await wanted.wait()


async def _find_or_start(stack: AsyncExitStack, session: Session, settings: Settings) -> tuple[int, bool]:
    """Start a server, unless one runs at that port already; return the port, and whether it was started."""
    if settings.port and await _answers(settings):
        session.renderer.notice(f"a server runs at port {settings.port} already: using that one")
        return settings.port, False
    try:
        server = await stack.enter_async_context(open_server(settings))
    except CallboardError as error:
        raise problem_here(error) from None
    session.renderer.notice(f"the server listens on http://127.0.0.1:{server.port}")
    return server.port, True


async def _answers(settings: Settings) -> bool:
    """Whether a Callboard answers at the port."""
    try:
        with trio.fail_after(3):
            async with open_client(f"http://127.0.0.1:{settings.port}", settings.token or "") as client:
                await client.engines()
    except (ClientError, trio.TooSlowError):
        return False
    return True
