"""`callboard torture`: the command."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import click
import trio

from client.errors import LocalProblem
from client.exits import Exit
from client.groups import single_error
from client.local.torture.figures import Figures, progress_event
from client.local.torture.folder import Folder
from client.local.torture.sink import open_sink
from client.local.torture.torture import Torture
from client.local.torture.violation import Violation
from client.options import Options, common_options
from client.render import Renderer
from client.session import Session, run_command

ROUNDS = 30
LONGEST_S = 1.6


@dataclass(frozen=True)
class Wish:
    """What was asked for.

    Attributes:
        rounds: How many servers are ended.
        seed: Decides on everything that is left to chance.
        longest: Seconds that a server is used at most.
        folder: Where; None for a temporary one.
        keep: Whether the folder stays.
    """

    rounds: int
    seed: int
    longest: float
    folder: Optional[Path]
    keep: bool


@click.command()
@click.option(
    "--rounds", type=click.IntRange(1), default=ROUNDS, metavar="N", help=f"Servers to end.  [default: {ROUNDS}]"
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="The same choices each time.  [default: a new one]")
@click.option(
    "--longest",
    type=click.FloatRange(min=0.05),
    default=LONGEST_S,
    metavar="S",
    help=f"Seconds that a server is used at most before it is ended.  [default: {LONGEST_S:g}]",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where it happens; empty, or not there yet.  [default: a temporary folder]",
)
@click.option("--keep", is_flag=True, help="Keep the folder, also when all is well.")
@common_options
@click.pass_obj
def torture(
    options: Options, /, *, rounds: int, seed: Optional[int], longest: float, folder: Optional[Path], keep: bool
) -> None:
    """End a server with `kill -9` again and again, and check that nothing is lost and nothing is left.

    It starts a server of its own, in a folder of its own: nothing that runs here, and nobody's data, is touched. People
    who use it upload, build, generate, cancel and remove meanwhile. The first promise that does not hold ends it, with
    exit code 1, and the folder is kept.
    """
    wish = Wish(rounds, secrets.randbelow(10**6) if seed is None else seed, longest, folder, keep)
    run_command(options, lambda session: _torture(session, wish))


async def _torture(session: Session, wish: Wish) -> Exit:
    """Do all rounds, and say what was found."""
    renderer, figures = session.renderer, Figures(wish.seed)
    renderer.notice(f"seed {wish.seed}: the same choices again with --seed {wish.seed}")
    begun = trio.current_time()
    async with _open_folder(wish, renderer, figures) as folder:
        async with open_sink(wish.seed) as sink:
            here = Torture(folder, sink, wish.seed, wish.longest, figures)
            for number in range(1, wish.rounds + 1):
                await here.live(number)
                figures.seconds = trio.current_time() - begun
                renderer.event(progress_event(figures, wish.rounds))
            renderer.notice("waiting for the end of all that goes on")
            await here.finish(wish.rounds + 1)
        await here.measure()
    figures.seconds = trio.current_time() - begun
    renderer.result("torture", figures.as_dict(), figures.line())
    return Exit.OK


@asynccontextmanager
async def _open_folder(wish: Wish, renderer: Renderer, figures: Figures) -> AsyncIterator[Folder]:
    """A folder for the block; kept when something was found, or that was asked for.

    Raises:
        LocalProblem: It cannot be made, or something is in it.
        Violation: What the block found, with where to look.
    """
    root = await trio.to_thread.run_sync(_make, wish.folder)
    folder, keep = Folder(root), wish.keep
    try:
        await trio.to_thread.run_sync(folder.make)
        with single_error():
            yield folder
    except Violation as error:
        keep, figures.violations = True, 1
        hint = (
            f"look at {folder.log()}, {folder.data / 'journal.sqlite3'} and the rest of {root}; it was round "
            f"{figures.rounds + 1} of `callboard torture --seed {wish.seed} --rounds {wish.rounds}`"
        )
        raise Violation(f"round {figures.rounds + 1}: {error.problem}", hint=hint) from error
    finally:
        if keep:
            renderer.notice(f"the folder {root} is kept")
        else:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 30):
                await trio.to_thread.run_sync(lambda: shutil.rmtree(root, ignore_errors=True))


def _make(wanted: Optional[Path]) -> Path:
    """Make the folder, which has to be empty. Blocks."""
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="callboard-torture-"))
    root = wanted.absolute()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise LocalProblem(f"the folder {root} is not empty", hint="name one that does not exist yet")
    except OSError as error:
        raise LocalProblem(f"the folder {root} cannot be used: {error.strerror}", hint="name another one") from error
    return root
