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
from client.exits import Exit
from client.local.settings import problem_here, read_settings
from client.options import Options, common_options
from client.session import Session, run_command

_DAY_S = 24 * 60 * 60.0
_MOST_DAYS = 3650
_MOST_MINUTES = 30 * 24 * 60
_SCOPES = click.Choice([scope.value for scope in Scope])

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

    `read` looks, `run` also starts, changes and cancels, `admin` also removes.
    """
    secret, now = make_secret(), time.time()
    fresh = issued(name, Scope(scope), secret, now, None if expires is None else now + expires * _DAY_S)
    run_command(options, lambda session: _show_secret(session, options, data_dir, name, secret, _adding(fresh, now)))


@token.command()
@click.argument("name")
@click.option(
    "--overlap",
    type=click.IntRange(0, _MOST_MINUTES),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="For which the old one stays good; 0 ends it now.",
)
@_local
def rotate(options: Options, /, name: str, overlap: int, data_dir: Optional[str]) -> None:
    """Make a token anew, with the same name, scope and end, and print it."""
    secret, now = make_secret(), time.time()

    def change(tokens: Tokens) -> Tokens:
        return rotated(tokens, name, secret, now, overlap * 60.0)

    run_command(options, lambda session: _show_secret(session, options, data_dir, name, secret, change))


@token.command()
@click.argument("name")
@_local
def remove(options: Options, /, name: str, data_dir: Optional[str]) -> None:
    """End a token, and within a few seconds what is open thanks to it."""

    async def command(session: Session) -> Exit:
        await _change(_file(data_dir), lambda tokens: removed(tokens, name))
        session.renderer.result("token", {"name": name, "removed": True}, f"{name}: removed")
        return Exit.OK

    run_command(options, command)


@token.command(name="list")
@_local
def list_(options: Options, /, data_dir: Optional[str]) -> None:
    """List the tokens. The setting `token` is none of them."""

    async def command(session: Session) -> Exit:
        try:
            tokens = await trio.to_thread.run_sync(read_tokens, _file(data_dir))
        except CallboardError as error:
            raise problem_here(error) from None
        items = [_facts(one, time.time()) for one in tokens]
        columns = ("name", "scope", "created", "expires", "state")
        session.renderer.rows(items, columns, lambda item: [str(item[key] or "never") for key in columns])
        return Exit.OK

    run_command(options, command)


def _adding(fresh: Token, now: float) -> Callable[[Tokens], Tokens]:
    def change(tokens: Tokens) -> Tokens:
        return added(tokens, fresh, now)

    return change


async def _show_secret(
    session: Session,
    options: Options,
    data_dir: Optional[str],
    name: str,
    secret: str,
    change: Callable[[Tokens], Tokens],
) -> Exit:
    """Change the file, and then show what was made: a token that was shown is good."""
    tokens = await _change(_file(data_dir), change)
    facts = _facts(find(tokens, name), time.time())
    session.renderer.result("token", {**facts, "token": secret}, secret)
    if not options.json:
        until = f"until {facts['expires']}" if facts["expires"] else "until it is removed"
        # Beside the token, so that a script has the token alone.
        click.echo(f"  {name} may {facts['scope']}, {until}; this is the only time that it is shown", err=True)
    return Exit.OK


async def _change(path: Path, change: Callable[[Tokens], Tokens]) -> Tokens:
    try:
        return await trio.to_thread.run_sync(change_tokens, path, change)
    except CallboardError as error:
        raise problem_here(error) from None


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
