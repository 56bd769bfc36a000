"""`callboard completion`: the script that completes commands in a shell."""

import click
from click.shell_completion import get_completion_class

from client.options import common_options

SHELLS = ("bash", "zsh", "fish")


_HELP = """Print the script that completes commands in a shell.

\b
bash: eval "$(callboard completion bash)" in ~/.bashrc
zsh:  eval "$(callboard completion zsh)" in ~/.zshrc
fish: callboard completion fish | source, in ~/.config/fish/config.fish
"""


@click.command(help=_HELP)
@click.argument("shell", type=click.Choice(SHELLS))
@common_options
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script."""
    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"there is no completion for {shell}")
    root = context.find_root()
    click.echo(maker(root.command, {}, "callboard", "_CALLBOARD_COMPLETE").source())
