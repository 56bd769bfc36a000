"""The key that a server has, which can be read again while it runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from actors.projects.generators.claude.key import Key, KeyUnusable, find_key


class KeptKey:
    """The API's key, as it was when it could last be used. Runs that go on keep the one that they began with.

    Args:
        file: The file that has it; see `find_key`.
        environment: The server's own.
    """

    def __init__(self, file: Optional[Path], environment: Mapping[str, str]) -> None:
        self._file = file
        self._environment = environment
        self._key: Optional[Key] = None
        self._problem, self._hint = "", ""
        try:
            self._key = find_key(file, environment)
        except KeyUnusable as error:
            self._problem, self._hint = error.problem, error.hint

    @property
    def problem(self) -> str:
        """Why there is none, and what to do; empty when there is one."""
        return f"{self._problem} {self._hint}".strip()

    def __call__(self) -> Key:
        """Give it.

        Raises:
            KeyUnusable: There is none.
        """
        if self._key is None:
            raise KeyUnusable(self._problem, hint=self._hint)
        return self._key

    def read_again(self) -> str:
        """Read it again, and say what came of that, without the key; one that can be used stays if this one cannot.

        Blocks for as long as it takes to read a small file.

        Raises:
            KeyUnusable: There is none now.
        """
        before = self._key
        found = find_key(self._file, self._environment)
        self._key, self._problem, self._hint = found, "", ""
        if before is None:
            return f"a key, from {found.source}"
        same = before.reveal() == found.reveal()
        return "the same key" if same else f"another key, from {found.source}, for the runs that begin now"
