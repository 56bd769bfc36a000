"""Nodes that are not there, and a program that says what a test wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from actors.projects.packages.node import Node
from actors.projects.packages.running import ProgramFailed

NODE = Node(Path("/opt/node/bin/node"), Path("/opt/node/npm-cli.js"), (20, 1, 2), (Path("/opt/node"),), "PATH")


@dataclass
class Programs:
    """A `Run` whose programs print what is given, or fail with it.

    Attributes:
        says: For the first argument that names it, what is printed.
        ran: The commands that were run.
    """

    says: Mapping[str, Union[str, ProgramFailed]]
    ran: list[tuple[str, ...]] = field(default_factory=list)

    async def __call__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> str:
        """Say it."""
        assert cwd.is_absolute()
        assert seconds > 0
        self.ran.append(tuple(argv))
        said = next((said for part, said in self.says.items() if part in argv), "")
        if isinstance(said, ProgramFailed):
            raise said
        return said
