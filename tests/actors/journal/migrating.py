"""A process that opens a journal, and kills itself at a moment of the upgrade: `python -m ... JOURNAL MOMENT`.

A moment is `copying`, while what is kept of before is not in its place yet, `done`, when all is committed and nothing
was said yet, or a number: before that statement of the steps. It ends with `NOT_REACHED` where there are fewer.
"""

import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.journal import copying, migrations, sqlite, upgrading

FURTHER = (
    ("ALTER TABLE actors ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'", "UPDATE actors SET colour = 'green'"),
    ("CREATE TABLE later AS SELECT id, last_seq FROM actors", "UPDATE events SET payload = payload || ' '"),
)
"""Two steps beyond today's, so that a journal of any version has steps before it; they change rows, too."""

NOT_REACHED = 7

PATCH = pytest.MonkeyPatch()
"""Holds until the process ends."""


def _die(*_arguments: Any, **_words: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _count_down(left: int) -> None:
    """Have the steps die before that statement."""
    migrate = migrations.migrate

    def counted(connection: sqlite3.Connection) -> int:
        def look(_statement: str) -> None:
            nonlocal left
            if left == 0:
                _die()
            left -= 1

        connection.set_trace_callback(look)
        return migrate(connection)

    PATCH.setattr(upgrading, "migrate", counted)


def main(path: Path, moment: str) -> None:
    """Open it."""
    steps = (*migrations.STEPS, *FURTHER)
    for module in (migrations, upgrading):
        PATCH.setattr(module, "STEPS", steps)
    if moment == "copying":
        PATCH.setattr(copying, "examine", _die)
    elif moment == "done":
        PATCH.setattr(upgrading.logger, "info", _die)
    else:
        _count_down(int(moment))
    sqlite.connect(path).close()
    sys.exit(NOT_REACHED)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
