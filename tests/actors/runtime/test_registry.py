"""Who lives, and where to write to them."""

import pytest
import trio

from actors.runtime.errors import ActorStopped, Conflict
from actors.runtime.mailbox import Mailbox
from actors.runtime.registry import Registry


async def test_known_exactly_as_long_as_it_lives() -> None:
    """Afterwards the mailbox is closed, and who still waits there is told."""
    registry: Registry[str] = Registry()
    mailbox: Mailbox[str] = Mailbox("job-1")
    with registry.registered("job-1", mailbox):
        assert registry.get("job-1") is mailbox
        assert len(registry) == 1
        mailbox.tell("hello")
    assert registry.get("job-1") is None
    assert len(registry) == 0
    with pytest.raises(ActorStopped):
        mailbox.tell("too late")
    await trio.lowlevel.checkpoint()


async def test_one_actor_for_each_id() -> None:
    """The second one is refused, and the first one stays."""
    registry: Registry[str] = Registry()
    first: Mailbox[str] = Mailbox("job-1")
    with registry.registered("job-1", first):
        with pytest.raises(Conflict), registry.registered("job-1", Mailbox("job-1")):
            pass
        assert registry.get("job-1") is first
