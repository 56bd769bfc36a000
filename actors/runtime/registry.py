"""The registry: which actors live, by id, and where to write to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Optional, TypeVar

from actors.runtime.errors import Conflict
from actors.runtime.mailbox import Mailbox

M = TypeVar("M")


class Registry(Generic[M]):
    """The mailboxes of the actors that live. An actor is in it exactly as long as it reads its mailbox."""

    def __init__(self) -> None:
        self._mailboxes: dict[str, Mailbox[M]] = {}

    def __len__(self) -> int:
        """How many actors live."""
        return len(self._mailboxes)

    def get(self, actor_id: str) -> Optional[Mailbox[M]]:
        """The mailbox of an actor; None when it does not live."""
        return self._mailboxes.get(actor_id)

    @contextmanager
    def registered(self, actor_id: str, mailbox: Mailbox[M]) -> Iterator[None]:
        """Make an actor known for the block; afterwards its mailbox is closed, so that nobody waits there for ever.

        Raises:
            Conflict: An actor of that id lives.
        """
        if actor_id in self._mailboxes:
            raise Conflict(f"{actor_id} runs already.")
        self._mailboxes[actor_id] = mailbox
        try:
            yield
        finally:
            del self._mailboxes[actor_id]
            mailbox.close()
