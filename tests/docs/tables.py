"""The tables of the reference that are made from the code: settings, exit codes, commands, engines."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import click
from pydantic import BaseModel
from pydantic.fields import ModelField

from actors.jobs.engines.table import describe, make_engines
from app.settings import Settings
from app.variables import PREFIX
from client.cli import COMMANDS, PROGRAM, cli
from client.exits import MEANINGS

COMMON = ("url", "token", "json")
"""Options of every command, which are listed once."""


def settings_table() -> str:
    """Each setting: its name, variable and flag, its default, its bounds and what it is for."""
    flags = {option.name: option.opts[0] for option in options(command_of("serve"))}
    rows = [
        f"| `{name}` | `{PREFIX}{name.upper()}` | {_code(flags.get(name, ''))} | {_default(field)} | {_bounds(field)} |"
        f" {field.field_info.description} |"
        for name, field in Settings.__fields__.items()
    ]
    return table("setting", "variable", "flag of `serve`", "default", "allowed", "what it is", rows=rows)


def exit_codes_table() -> str:
    """Each exit code and its meaning."""
    return table("code", "meaning", rows=[f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()])


def commands_table() -> str:
    """Each command and its summary."""
    return table(
        "command",
        "what it does",
        rows=[f"| [`{name}`](#{name}) | {entry.summary} |" for name, entry in COMMANDS.items()],
    )


def common_options_table() -> str:
    """The options that every command takes."""
    return options_table(option for option in options(cli) if option.name in COMMON)


def commands_sections() -> str:
    """Each command with its usage, its words and its own options."""
    return "\n\n".join(_command_section(name) for name in COMMANDS)


def engines_sections() -> str:
    """Each engine with its parameters."""
    return "\n\n".join(_engine_section(engine.name, engine.title, engine.parameters) for engine in engines())


def engines() -> Iterator[Any]:
    """The engines of the table."""

    def no_tree(*arguments: Any, **words: Any) -> Any:
        raise NotImplementedError

    yield from make_engines(no_tree).values()


def command_of(name: str) -> click.Command:
    """The command of that name."""
    command = cli.get_command(click.Context(cli), name) if isinstance(cli, click.Group) else None
    assert command is not None
    return command


def options(command: click.Command) -> list[click.Option]:
    """The options of a command, in their order, without the help that click adds."""
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def options_table(chosen: Iterator[click.Option]) -> str:
    """A table of options."""
    rows = []
    for option in chosen:
        names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
        rows.append(f"| {names} | {_code(_value_of(option))} | {_cell(option.help or '')} |")
    return table("option", "value", "what it does", rows=rows)


def _value_of(option: click.Option) -> str:
    """What follows the option; click's own words for it differ between its versions."""
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return " or ".join(map(str, option.type.choices))
    return option.metavar or {"directory": "DIR", "path": "FILE"}.get(option.type.name, "N")


def table(*titles: str, rows: list[str]) -> str:
    """A table in Markdown."""
    return "\n".join([f"| {' | '.join(titles)} |", "|" + "---|" * len(titles), *rows])


def _command_section(name: str) -> str:
    command = command_of(name)
    context = click.Context(command, info_name=f"{PROGRAM} {name}")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    own = [option for option in options(command) if option.name not in COMMON]
    words = (command.help or "").replace("\b", "").replace("\\b", "").strip()
    parts = [f"## {name}", f"`{usage}`", "\n".join(line.strip() for line in words.splitlines())]
    return "\n\n".join([*parts, *([options_table(iter(own))] if own else [])])


def _engine_section(name: str, title: str, parameters: type[BaseModel]) -> str:
    rows = []
    for parameter, schema in parameters.schema()["properties"].items():
        preset = schema.get("default")
        words = _cell(schema["description"])
        rows.append(
            f"| `{parameter}` | {_cell(describe(schema))} | {_code('' if preset is None else str(preset))} | {words} |"
        )
    return f"## {name}\n\n{title}.\n\n" + table("parameter", "takes", "default", "what it is", rows=rows)


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(field: ModelField) -> str:
    """A default as it would be written in the variable."""
    if field.name == "data_dir":
        return "`$XDG_STATE_HOME/callboard`"
    value = field.default
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _bounds(field: ModelField) -> str:
    """What values are taken, when that is bounded."""
    choices = [argument for argument in get_args(field.outer_type_) if isinstance(argument, str)]
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    info = field.field_info
    words = [(info.gt, "more than"), (info.ge, "from"), (info.lt, "less than"), (info.le, "to")]
    said = [
        f"{word} {bound:g}" if isinstance(bound, float) else f"{word} {bound}"
        for bound, word in words
        if bound is not None
    ]
    if info.min_length:
        said.append(f"{info.min_length} characters or more")
    return " ".join(said)
