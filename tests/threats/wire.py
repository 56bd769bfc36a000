"""Threats on the wire: requests that two programs read differently, and clients that cost more than they should."""

import re

from tests.threats.ground import Ground
from tests.threats.stalls import limits
from tests.threats.threat import SERVER, Attack, Threat, Who, give, wall


def smuggled(*requests: tuple[int, str]) -> Attack:
    """Return an attack with bytes in which a program in front sees fewer requests than this server answers.

    Args:
        requests: How many it sees, and the bytes, with `HOST` for the server's.
    """

    async def attack(ground: Ground) -> bool:
        host = f"127.0.0.1:{ground.port}"
        answers = [
            (seen, await ground.exchange(one.replace("HOST", host).encode("latin-1"), 3.0)) for seen, one in requests
        ]
        return any(answer.count(b"HTTP/1.1 ") > seen for seen, answer in answers)

    return attack


def taken(*requests: str) -> Attack:
    """Return an attack with a request that programs in front read differently, or take no offence at."""

    async def attack(ground: Ground) -> bool:
        host = f"127.0.0.1:{ground.port}"
        answers = [await ground.exchange(one.replace("HOST", host).encode("latin-1"), 3.0) for one in requests]
        return any(answer.split(b" ")[1:2] not in ([b"400"], [b"501"]) for answer in answers)

    return attack


HIDDEN = "GET /health HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"


BOTH = (
    f"POST /api/generate HTTP/1.1\r\nHost: HOST\r\nContent-Length: {len(HIDDEN) + 11}\r\n"
    f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
)


OLD = (
    "GET /health HTTP/1.1\r\nHost: HOST\r\n\r\n"
    f"POST /api/generate HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
)


BARE = f"GET /health HTTP/1.1\r\nHost: HOST\r\nX-Note: a\n\n{HIDDEN}"


LATER = f"GET /health HTTP/1.1\r\nHost: HOST\r\n\r\nGET /health HTTP/1.1\r\nHost: HOST\r\nX-Note: a\n\n{HIDDEN}"


FOLDED = "GET /health HTTP/1.1\r\nHost: HOST\r\nX-Note: a\r\n Connection: close\r\nConnection: close\r\n\r\n"


LOWER = "get /health HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"


ABSOLUTE = "GET http://evil.example/health HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"


CHUNKED = (
    "POST /api/generate HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)


LOOSE_CHUNK = f"{CHUNKED}2;a\nb\r\n{{}}\r\n0\r\n\r\n"


LOOSE_TRAILER = f"{CHUNKED}2\r\n{{}}\r\n0\r\nX-Note: a\n\n{HIDDEN}"


LONG_CHUNK = f"{CHUNKED}2;{'a' * 100_000}\r\n{{}}\r\n0\r\n\r\n"


NOTE = f"X-Note: {'a' * 80}\r\n"


LONG_TRAILERS = f"{CHUNKED}2\r\n{{}}\r\n0\r\n{1000 * NOTE}\r\n"


LINES = wall(app__front__head__check_lines=give(None))


LONG = wall(app__main___front_limits=limits(head_size=1 << 20))


FRAMING = wall(app__front__http__server__check_head=give(None))


THREATS = (
    Threat(
        "two lengths",
        Who.NETWORK,
        "smuggles a request past a proxy with both `Content-Length` and `Transfer-Encoding` (CL.TE, TE.CL)",
        "both together are refused, and end the connection",
        smuggled((1, BOTH)),
        FRAMING,
        SERVER,
    ),
    Threat(
        "chunks in HTTP/1.0",
        Who.NETWORK,
        "does so in HTTP/1.0, where proxies do not look for chunks",
        "that is refused",
        taken(OLD.partition("\r\n\r\n")[2]),
        FRAMING,
        SERVER,
    ),
    Threat(
        "bare line feed",
        Who.NETWORK,
        "does so with a line feed alone, which ends a head for some programs and not for others",
        "lines end with CR LF, or the request is refused",
        smuggled((1, BARE), (2, LATER)),
        LINES,
        SERVER,
    ),
    Threat(
        "line feed in the head of a chunk",
        Who.NETWORK,
        "does so within a body, in what follows the size of a chunk and nobody looks at",
        "what follows it has no line end",
        taken(LOOSE_CHUNK),
        wall(app__front__http__bodies___CHUNK=re.compile(rb"([0-9A-Fa-f]{1,16})(?s:.*)")),
        SERVER,
    ),
    Threat(
        "line feed in a trailer",
        Who.NETWORK,
        "does so behind a body: to some programs the next request begins there",
        "nor has a trailer",
        taken(LOOSE_TRAILER),
        wall(app__front__http__bodies___TRAILER=re.compile(b"(?s:.*)")),
        SERVER,
    ),
    Threat(
        "head of a chunk without end",
        Who.NETWORK,
        "fills the memory with what follows the size of a chunk, which no limit of a body counts",
        "16 KiB for it",
        taken(LONG_CHUNK),
        LONG,
        SERVER,
        fresh=True,
    ),
    Threat(
        "trailers without end",
        Who.NETWORK,
        "sends trailers in any number, which no limit of a body counts either",
        "16 KiB for all of them",
        taken(LONG_TRAILERS),
        LONG,
        SERVER,
        fresh=True,
    ),
    Threat(
        "folded line",
        Who.NETWORK,
        "hides a header in the second line of another (obs-fold)",
        "that is refused",
        taken(FOLDED),
        LINES,
        SERVER,
    ),
    Threat(
        "method in lower case",
        Who.NETWORK,
        "passes a rule in a proxy that is about `GET`",
        "methods are told apart by case, and such are refused",
        taken(LOWER),
        FRAMING,
        SERVER,
    ),
    Threat(
        "absolute target",
        Who.NETWORK,
        "names one host in the first line and another in `Host`",
        "the target has to be a path",
        taken(ABSOLUTE),
        FRAMING,
        SERVER,
    ),
)
