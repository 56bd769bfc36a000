"""Whether an app is healthy: it answers `GET /api/health` with a success."""

import httpx
import trio

from client.address import parse_address
from client.errors import ClientError
from client.exchange import explained, open_http

PATH = "/api/health"
_ANSWER_S = 5.0


async def problem_of_app(port: int) -> str:
    """Return why the app at a port is not healthy; empty when it is.

    Args:
        port: Of this machine.
    """
    address = parse_address(f"http://127.0.0.1:{port}")
    try:
        with trio.fail_after(_ANSWER_S), explained(address, "ask"):
            async with open_http(address) as http, http.stream("GET", PATH, read_s=_ANSWER_S) as answer:
                status = answer.status_code
    except (trio.TooSlowError, ClientError, httpx.HTTPError) as error:
        why = error.problem.partition(": ")[2] if isinstance(error, ClientError) else ""
        return f"GET {PATH} has no answer ({why or 'it takes too long'})"
    return "" if httpx.codes.is_success(status) else f"GET {PATH} is answered with {status}"
