"""Takes a build's messages to the orchestrator: one POST each, a few seconds at the most."""

from collections.abc import Mapping
from typing import Any

import httpx
import trio

from actors.builds.outside import Delivery
from app.contracts.builds.reading import excerpt, post
from app.contracts.builds.url import explain, path_of, status_text

_FIELDS = ("type", "content", "timestamp")
_REFUSALS = (400, 413, 422)
"""The statuses that say that the message itself is at fault, so that the same one will never be taken."""


class HttpCourier:
    """The courier of the outbox.

    Args:
        client: Shared, with its pool of connections.
        url: Of the orchestrator, as `checked_url` gives it.
        seconds: The longest that one try takes, all in all.
    """

    def __init__(self, client: httpx.AsyncClient, url: str, seconds: float) -> None:
        self._client = client
        self._url = url
        self._seconds = seconds

    async def deliver(self, run_id: str, message: Mapping[str, Any]) -> Delivery:
        """Try once. The status is the answer: with a 2xx the message is taken, even if the rest is cut off."""
        url = path_of(self._url, "runs", run_id, "message")
        value = {name: message[name] for name in _FIELDS if name in message}
        delivery = Delivery(accepted=False, problem=f"{url} did not answer within {self._seconds:g} s.")
        answered = False
        with trio.move_on_after(self._seconds):
            try:
                async with post(self._client, url, value, {}) as response:
                    answered = True
                    delivery = _judge(url, response.status_code)
                    text = await excerpt(response)
                    if text and not delivery.accepted:
                        delivery = _judge(url, response.status_code, text)
            except httpx.HTTPError as error:
                if not answered:
                    delivery = Delivery(accepted=False, problem=f"{url} {explain(error)}.")
        return delivery


def _judge(url: str, status: int, text: str = "") -> Delivery:
    if httpx.codes.is_success(status):
        return Delivery(accepted=True)
    problem = f"{url} {status_text(status, text)}."
    return Delivery(accepted=False, problem=problem, refused=status in _REFUSALS)
