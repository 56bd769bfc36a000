"""Writes the journal of a data directory, of which no server runs, as text."""

import sys
from pathlib import Path

from tests.actors.journal.earlier import dump

if __name__ == "__main__":
    for statement in dump(Path(sys.argv[1])):
        sys.stdout.write(f"{statement}\n")
