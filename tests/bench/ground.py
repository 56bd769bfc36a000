"""What the measurements stand on: a folder, the peer's Python, and the programs that make the load."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.sides import DURABLE, FLOOR, ONCE, PEER
from tests.environments import NotHere

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ground:
    """What each measurement is given.

    Attributes:
        folder: Where everything is kept while it is measured.
        peer: The Python with the peer's packages.
        rounds: How often each side is measured.
        full: Whether to measure what takes long, too.
    """

    folder: Path
    peer: Path
    rounds: int = 5
    full: bool = False

    def binary(self, name: str) -> Path:
        """A program of the load, from its source.

        Raises:
            NotHere: There is no compiler.
        """
        made = self.folder / name
        if not made.exists():
            compiler = shutil.which("cc") or shutil.which("gcc")
            if compiler is None:
                raise NotHere(
                    "The load is made by C programs: install a C compiler (Debian, Ubuntu: apt-get install gcc)."
                )
            source = HERE / "load" / f"{name}.c"
            subprocess.run([compiler, "-O2", "-o", str(made), str(source)], check=True, timeout=120)
        return made

    def programs(self, floor: str) -> dict[str, Sequence[str]]:
        """What is run for each side but ours.

        Args:
            floor: The program of the floor: a C source by its name, or a module; empty for none.
        """
        peer = [str(self.peer), "-m", "tests.bench.peer.server"]
        found: dict[str, Sequence[str]] = dict.fromkeys((PEER, ONCE, DURABLE), peer)
        if floor:
            module = "." in floor
            found[FLOOR] = [sys.executable, "-m", floor] if module else [str(self.binary(floor))]
        return found
