"""`callboard upload`: photos, or random images, become a job."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import click

from client.errors import ClientError
from client.exits import Exit
from client.images import ImageSource, random_images, select_photos
from client.options import Options, common_options
from client.parameters import parse_parameters, random_parameters
from client.saving import save_model
from client.session import Session, run_command, usage_problem
from client.watching import watch_job

RANDOM_ENGINE = "simulated"
_MAX_RANDOM = 10_000
_NAMED_SKIPS = 5


@dataclass(frozen=True)
class UploadRequest:
    """What the command line asks for.

    Attributes:
        paths: Files and folders.
        random_count: How many random images in their place; 0 for none.
        seed: Of the random images and parameters; None for others each time.
        engine: The engine's name, None for the server's default.
        parameters: `name=value` pairs.
        watch: Whether to follow the job.
        output: Where to save the model, None not to.
    """

    paths: tuple[Path, ...]
    random_count: int
    seed: Optional[int]
    engine: Optional[str]
    parameters: tuple[str, ...]
    watch: bool
    output: Optional[Path]


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path(path_type=Path))
@click.option(
    "--random",
    "random_count",
    type=click.IntRange(1, _MAX_RANDOM),
    metavar="N",
    help=f"N random images of about 1 KB and random parameters, for the engine {RANDOM_ENGINE!r} unless one is named.",
)
@click.option("--seed", type=int, help="The same random images and parameters each time.")
@click.option("--engine", metavar="NAME", help="The engine; see `callboard engines`.  [default: the server's choice]")
@click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@click.option("--watch/--no-watch", default=True, help="Follow the job to its end.  [default: --watch]")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Save the model here at the end.")
@common_options
@click.pass_obj
def upload(
    options: Options,
    paths: tuple[Path, ...],
    random_count: Optional[int],
    seed: Optional[int],
    engine: Optional[str],
    parameters: tuple[str, ...],
    watch: bool,
    output: Optional[Path],
) -> None:
    """Upload photos, watch the job, and save its model.

    PATH is a photo, or a folder with photos in it. Ctrl-C while the job is watched asks whether to cancel it or to
    leave it running.
    """
    request = UploadRequest(paths, random_count or 0, seed, engine, parameters, watch, output)
    run_command(options, lambda session: upload_and_watch(session, request))


async def upload_and_watch(session: Session, request: UploadRequest) -> Exit:
    """Do what the command line asks for.

    Args:
        session: To work with.
        request: What is wanted.

    Returns:
        How the job ended, or OK when it is not watched.
    """
    _check(request)
    given = parse_parameters(request.parameters)
    images, parameters, engine = await _content(session, request, given)
    client, renderer = session.client, session.renderer
    answer = await client.upload(images, parameters, engine, on_progress=renderer.sending)
    renderer.accepted(answer)
    job_id = answer["id"]
    _show_view(session, answer, "to watch it in a browser")
    if not request.watch:
        return Exit.OK
    code = await watch_job(session, job_id, 0, own=True)
    if code is Exit.OK and request.output is not None:
        await save_model(session, job_id, request.output)
    if code is Exit.OK:
        _show_view(session, answer, "to turn the model under the mouse")
    return code


def _check(request: UploadRequest) -> None:
    """Refuse a command line that contradicts itself."""
    if bool(request.paths) == bool(request.random_count):
        raise usage_problem("name photos or folders, or give --random N, and not both", hint="callboard upload --help")
    if request.output is not None and not request.watch:
        raise usage_problem("--output waits for the model, so it does not go with --no-watch")


async def _content(
    session: Session, request: UploadRequest, given: Mapping[str, Any]
) -> tuple[Sequence[ImageSource], Mapping[str, Any], Optional[str]]:
    """Return the images, the parameters and the engine."""
    if not request.random_count:
        selection = select_photos(request.paths)
        for skipped in selection.skipped[:_NAMED_SKIPS]:
            session.renderer.notice(f"skipped {skipped.path} ({skipped.reason})")
        if len(selection.skipped) > _NAMED_SKIPS:
            session.renderer.notice(f"skipped {len(selection.skipped) - _NAMED_SKIPS} more")
        return selection.photos, given, request.engine
    rng = random.Random(request.seed)  # noqa: S311 - random images are no secret
    engine = request.engine or RANDOM_ENGINE
    drawn = random_parameters(await _schema(session, engine), rng)
    parameters = {**drawn, **given}
    session.renderer.notice("random parameters: " + ", ".join(f"{name}={value}" for name, value in parameters.items()))
    return random_images(request.random_count, rng), parameters, engine


async def _schema(session: Session, engine: str) -> Mapping[str, Any]:
    """Return the schema of an engine's parameters."""
    for entry in (await session.client.engines())["engines"]:
        if entry.get("name") == engine:
            schema = entry.get("parameters")
            return schema if isinstance(schema, Mapping) else {}
    raise ClientError(f"the server has no engine {engine!r}", hint="see `callboard engines`", status=422)


def _show_view(session: Session, answer: Mapping[str, Any], purpose: str) -> None:
    """Say where a browser shows the job."""
    links = answer.get("links")
    view = links.get("view") if isinstance(links, Mapping) else None
    if isinstance(view, str) and view.startswith("/"):
        session.renderer.notice(f"{purpose}: {session.client.url(view)}")
