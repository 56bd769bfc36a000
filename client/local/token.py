"""`callboard token`: the named tokens of the server on this machine, whether it runs or not."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import click
import trio

from actors.runtime.errors import CallboardError
from app.security.issuing import Tokens, added, find, has_expired, issued, removed, rotated
from app.security.scopes import Scope
from app.security.tokenfile import FILE, change_tokens, read_tokens, written
from app.security.tokens import Token, make_secret
from client.errors import LocalProblem
from client.exits import Exit
from client.local.settings import problem_here, read_settings
from client.options import Options, common_options
from client.session import Session, run_command

_DAY_S = 24 * 60 * 60.0
_MOST_DAYS = 3650
_MOST_MINUTES = 30 * 24 * 60
_SCOPES = click.Choice([scope.value for scope in Scope])

_BEGUN = (FILE, "id", "journal.sqlite3", "memory/id")
"""What is in a data directory from the first token, the first start, or a restore on."""

_data_dir_option = click.option("--data-dir", metavar="DIR", help="The server's.  [default: as of `callboard serve`]")


_HELP = """Make, list and end the named tokens of the server on this machine.

A server that runs goes by a new token at once and by other changes within a second, as does one that is started later.

\b
add NAME      make a token, and print it: this once
list          show the tokens: names, scopes, when made and when they end
rotate NAME   make the token anew; the old one stays good for --overlap
remove NAME   end a token, and what is open thanks to it
"""


@click.group(help=_HELP, no_args_is_help=True)
@common_options
def token() -> None:
    """Make, list and end tokens."""


def _local(command: Callable[..., None]) -> Callable[..., None]:
    """Give a subcommand the options that all of them have."""
    return click.pass_obj(common_options(_data_dir_option(command)))


@token.command()
@click.argument("name")
@click.option("--scope", type=_SCOPES, default=Scope.READ.value, show_default=True, help="What it may do.")
@click.option("--expires", type=click.IntRange(1, _MOST_DAYS), metavar="DAYS", help="When it ends.  [default: never]")
@_local
def add(options: Options, /, name: str, scope: str, expires: Optional[int], data_dir: Optional[str]) -> None:
    """Make a token, and print it; it is kept nowhere, and cannot be shown again.

    A data directory that is not there yet is made, and that is said.

    `metrics` reads figures, `read` also looks, `run` also starts, changes and cancels, `admin` also removes.
    """
    secret, now = make_secret(), time.time()
    fresh = issued(name, Scope(scope), secret, now, None if expires is None else now + expires * _DAY_S)

    async def command(session: Session) -> Exit:
        path = _file(data_dir)
        news = await trio.to_thread.run_sync(_what_is_made, path.parent)
        tokens = await _change(path, lambda tokens: added(tokens, fresh, now))
        if news:
            # Beside the token, to programs too: a mistyped directory would be taken for the server's.
            click.echo(f"  {news}: is it the server's?", err=True)
        return _show_secret(session, options, find(tokens, name), secret)

    run_command(options, command)


@token.command()
@click.argument("name")
@click.option(
    "--overlap",
    type=click.IntRange(0, _MOST_MINUTES),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="For which the old one stays good; 0 ends it within a second.",
)
@_local
def rotate(options: Options, /, name: str, overlap: int, data_dir: Optional[str]) -> None:
    """Make a token anew, with the same name, scope and end, and print it."""
    secret, now = make_secret(), time.time()

    async def command(session: Session) -> Exit:
        path = await _begun(data_dir)
        tokens = await _change(path, lambda tokens: rotated(tokens, name, secret, now, overlap * 60.0))
        return _show_secret(session, options, find(tokens, name), secret)

    run_command(options, command)


@token.command()
@click.argument("name")
@_local
def remove(options: Options, /, name: str, data_dir: Optional[str]) -> None:
    """End a token within a second, and within five what is open thanks to it."""

    async def command(session: Session) -> Exit:
        await _change(await _begun(data_dir), lambda tokens: removed(tokens, name))
        session.renderer.result("token", {"name": name, "removed": True}, f"{name}: removed")
        return Exit.OK

    run_command(options, command)


@token.command(name="list")
@_local
def list_(options: Options, /, data_dir: Optional[str]) -> None:
    """List the tokens. The setting `token` is none of them."""

    async def command(session: Session) -> Exit:
        path = await _begun(data_dir)
        try:
            tokens = await trio.to_thread.run_sync(read_tokens, path)
        except CallboardError as error:
            raise problem_here(error) from None
        items = [_facts(one, time.time()) for one in tokens]
        columns = ("name", "scope", "created", "expires", "state")
        session.renderer.rows(items, columns, lambda item: [str(item[key] or "never") for key in columns])
        return Exit.OK

    run_command(options, command)


def _show_secret(session: Session, options: Options, made: Token, secret: str) -> Exit:
    """Show what was made, once it is on the disk: a token that was shown is good."""
    facts = _facts(made, time.time())
    session.renderer.result("token", {**facts, "token": secret}, secret)
    if not options.json:
        until = f"until {facts['expires']}" if facts["expires"] else "until it is removed"
        # Beside the token, so that a script has the token alone.
        click.echo(f"  {made.name} may {facts['scope']}, {until}; this is the only time that it is shown", err=True)
    return Exit.OK


async def _change(path: Path, change: Callable[[Tokens], Tokens]) -> Tokens:
    try:
        return await trio.to_thread.run_sync(change_tokens, path, change)
    except CallboardError as error:
        raise problem_here(error) from None


async def _begun(data_dir: Optional[str]) -> Path:
    """The file in a data directory that a server, or `add`, has begun.

    Raises:
        LocalProblem: There is none: nothing is made, and no empty list says that all is well.
    """
    path = _file(data_dir)
    if not await trio.to_thread.run_sync(_is_begun, path.parent):
        raise LocalProblem(
            f"There is no data directory of Callboard at {path.parent}.",
            hint="Name the server's with --data-dir or CALLBOARD_DATA_DIR. `serve` and `token add` make one.",
        )
    return path


def _is_begun(root: Path) -> bool:
    """Whether that is a data directory; one that may not be looked at could be. Blocks."""
    try:
        root.stat()
        return any((root / name).exists() for name in _BEGUN)
    except PermissionError:
        return True
    except OSError:
        return False


def _what_is_made(root: Path) -> str:
    """What `add` makes of a directory that is no data directory yet, in words. Blocks."""
    if _is_begun(root):
        return ""
    return f"{root} was no data directory, and is one now" if root.exists() else f"made {root}, which was not there"


def _file(data_dir: Optional[str]) -> Path:
    return read_settings({"data_dir": data_dir}).data_dir / FILE


def _facts(one: Token, now: float) -> dict[str, Any]:
    """What is shown of a token."""
    retiring = [secret.ends for secret in one.secrets if secret.ends is not None and secret.ends > now]
    state = "expired" if has_expired(one, now) else "rotating" if retiring else "good"
    return {
        "name": one.name,
        "scope": one.scope.value,
        "created": written(one.created),
        "expires": written(one.expires),
        "state": state,
        "old_ends": written(max(retiring, default=None)),
    }
