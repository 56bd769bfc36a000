"""A command as it came in, brought into the one form that rules are about. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

MAX_ARGUMENTS = 64
MAX_ARGUMENT = 4096
MAX_COMMAND = 32 * 1024
BIN = "node_modules/.bin/"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_OPERATORS = frozenset({"&&", "||", ";", "|", "&", ">", ">>", "<", "<<", "2>", "2>&1", "&>", "1>&2"})


@dataclass(frozen=True)
class Refused:
    """A command that no rule needs to look at.

    Attributes:
        reason: What is wrong with it.
        hint: What to do instead.
    """

    reason: str
    hint: str


def problem_of(argv: Sequence[str]) -> Optional[Refused]:
    """Return why a command cannot be judged at all, or None."""
    return _problem_of_size(argv) or _problem_of_program(argv[0]) or _problem_of_arguments(argv)


def program_of(program: str) -> str:
    """Return the name that rules know a program by: one of the project's own is named without its directory."""
    bare = program[2:] if program.startswith("./") else program
    return bare[len(BIN) :] if bare.startswith(BIN) else program


def _problem_of_size(argv: Sequence[str]) -> Optional[Refused]:
    """Return what is wrong with the number and length of the arguments."""
    shorter = "Put long input into a file with write_file, and give the command its name."
    if not argv or not argv[0]:
        return Refused("no program is named", "Give the program as the first item, then each argument as its own item.")
    if len(argv) > MAX_ARGUMENTS:
        return Refused(f"there are {len(argv)} arguments, more than {MAX_ARGUMENTS}", shorter)
    try:
        sizes = [len(argument.encode()) for argument in argv]
    except UnicodeEncodeError:
        return Refused("an argument is not valid Unicode", "Use UTF-8 text without lone surrogates.")
    if max(sizes) > MAX_ARGUMENT or sum(sizes) > MAX_COMMAND:
        return Refused(f"an argument is over {MAX_ARGUMENT} bytes, or all are over {MAX_COMMAND}", shorter)
    return None


def _problem_of_program(program: str) -> Optional[Refused]:
    """Return what is wrong with how the program is named."""
    if _ASSIGNMENT.match(program):
        return Refused(
            "the command begins with a variable's assignment", "Leave it out: put settings into a file of the project."
        )
    if any(character.isspace() for character in program):
        return Refused(
            "the program's name has white space in it",
            'There is no shell. Give each argument as its own item: ["pnpm", "run", "build"].',
        )
    if "/" in program_of(program) or "\\" in program:
        return Refused(
            "the program is given by its path",
            f"Name the program only, such as node, or one of the project's own in {BIN}.",
        )
    return None


def _problem_of_arguments(argv: Sequence[str]) -> Optional[Refused]:
    """Return what is wrong with what the arguments hold."""
    if any(map(_CONTROL.search, argv)):
        return Refused(
            "an argument has control characters in it, such as a line's end",
            "Write the text to a file with write_file, and give the command the file's name.",
        )
    operator = next((argument for argument in argv if argument in _OPERATORS), None)
    if operator is not None:
        return Refused(
            f"{operator} is for a shell, and there is none",
            "Run one command in each call; its output comes back as the result.",
        )
    return None
