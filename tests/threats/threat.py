"""What a row of the threat model is: an attack, what stops it, and how to take exactly that out."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import reduce
from importlib import import_module
from types import MappingProxyType
from typing import Any, Optional
from unittest import mock

from app.security.scopes import Scope
from tests.threats.ground import Ground

Attack = Callable[[Ground], Awaitable[bool]]
"""Tries it, and says whether the attacker got what he wanted."""

SERVER: Mapping[str, Any] = MappingProxyType({})
"""The settings of a server that nobody configured."""


class Who(Enum):
    """Who attacks."""

    PAGE = "a page in a browser"
    NETWORK = "somebody on the network"
    HOLDER = "who has a token"
    GUEST = "who has a shared link"
    USER = "another user here"
    UPLOADER = "who sends photos or requests"
    APP = "a generated app"
    PACKAGE = "a package"
    ORCHESTRATOR = "an orchestrator"
    SERVER = "a server, for the client"
    READER = "who reads the logs or the disk"
    BACKUP = "who made a backup"


@dataclass(frozen=True)
class Wall:
    """A protection of the product, as the tests take it out.

    Attributes:
        places: By the place (`module.name`, or `module.Class.name`), what stands there while it is out. A place that is
            not there any more fails the test: the row has to follow what it is about. There are several where one
            protection is in several places, and nothing short of all of them takes it out.
    """

    places: Mapping[str, object]

    @contextmanager
    def taken_out(self) -> Iterator[None]:
        """Take it out for the length of a block."""
        with ExitStack() as stack:
            for place, instead in self.places.items():
                holder, name = _found(place)
                stack.enter_context(mock.patch.object(holder, name, instead))
            yield


def _found(place: str) -> tuple[Any, str]:
    """Find what a place is in: a module, or something in one that may have the name of another module."""
    parts = place.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            holder: Any = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[cut:-1], holder), parts[-1]
    raise LookupError(place)


@dataclass(frozen=True)
class Threat:
    """One row.

    Attributes:
        name: Short, unique, for the test.
        who: Attacks.
        words: What he wants, and how.
        protection: What stops him, for people.
        attack: Tries it.
        wall: What stops him, for the test.
        settings: Of the server that it is tried on; None when it is tried on a part that needs no server.
        tokens: Which the server has, by name, with their scopes.
        fresh: Whether the wall has to be out before the server opens.
        slow: Whether it takes more than a few seconds on a busy machine.
        needs: Says why it cannot be tried on this machine; empty when it can.
        also: What else stops him, in words for people. Each of these has to do it alone, and so has `wall`.
        small: Bounds of the product that are smaller in this row, by their places, so that it is over soon.
    """

    name: str
    who: Who
    words: str
    protection: str
    attack: Attack
    wall: Wall
    settings: Optional[Mapping[str, Any]] = None
    tokens: Mapping[str, Scope] = field(default_factory=dict)
    fresh: bool = False
    slow: bool = False
    needs: Callable[[], str] = field(default=lambda: "")
    also: Mapping[str, Wall] = field(default_factory=dict)
    small: Mapping[str, object] = field(default_factory=dict)

    @property
    def walls(self) -> tuple[Wall, ...]:
        """All that has to be out."""
        return (self.wall, *self.also.values())

    @property
    def stopped_by(self) -> str:
        """All that stops him, for people."""
        return "; also ".join((self.protection, *self.also))


def give(value: object) -> Callable[..., Any]:
    """Return a function that takes anything, and returns this."""
    return lambda *_, **__: value


def same(value: Any, *_: object, **__: object) -> Any:
    """Return the first argument as it came."""
    return value


def wall(**places: object) -> Wall:
    """Return a wall by names in which `__` stands for a dot."""
    return Wall({name.replace("__", "."): instead for name, instead in places.items()})
