"""Finding and reaching a host, without sockets."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.projects.egress.connecting import reach
from actors.projects.egress.names import Allowed
from actors.projects.egress.requests import Refused, Target
from tests.actors.projects.egress.conftest import HOST, Names

ALLOWED = Allowed(frozenset({(HOST, 443)}), private=frozenset({(HOST, 443)}))


class Silent(Names):
    """A resolver that does not answer."""

    async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
        """Wait for ever."""
        await trio.sleep_forever()


async def test_a_resolver_that_does_not_answer_has_its_time(autojump_clock: MockClock) -> None:
    """Then the client is told."""
    trio.socket.set_custom_hostname_resolver(Silent({}))
    with pytest.raises(Refused, match="in 15 s") as refused:
        await reach(Target(HOST, 443), ALLOWED, 15)
    assert refused.value.status == 504


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["169.254.169.254", "127.0.0.1"], ["0.0.0.0"], []])
async def test_a_registry_of_ones_own_that_leads_here_is_refused(answer: list[str]) -> None:
    """Before anything is connected to."""
    trio.socket.set_custom_hostname_resolver(Names({HOST: [answer]}))
    with pytest.raises(Refused) as refused:
        await reach(Target(HOST, 443), ALLOWED, 15)
    assert refused.value.status == 403
