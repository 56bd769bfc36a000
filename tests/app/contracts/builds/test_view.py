"""The page of a build's app: who may have it, and what it may frame."""

import pytest

from app.contracts.builds.view import app_origin
from app.security import Caller, Policy, judge
from app.web.assets import CONTENT_SECURITY_POLICY
from tests.app.contracts.builds.conftest import World

PATH = "/api/builds/run-1.a/view"


async def test_it_may_frame_the_one_app(world: World) -> None:
    """At the host that was asked for, and the port that the page has found out; before that, nothing."""
    client = world.app.test_client()
    answer = await client.get(f"{PATH}?port=5001", headers={"Host": "box.example:3002"})
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert "; connect-src 'self' http://box.example:5001; frame-src http://box.example:5001; " in policy
    assert "frame-ancestors 'none'" in policy
    assert (await client.get(PATH)).headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


async def test_embedded_it_may_be_framed_by_our_own_pages(world: World) -> None:
    """With and without its port."""
    for query in ("embed", "embed=&port=5001"):
        answer = await world.app.test_client().get(f"{PATH}?{query}")
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
        assert b"data-embed" in await answer.get_data()


@pytest.mark.parametrize(
    ("host", "port", "origin"),
    [
        ("127.0.0.1:3002", "5000", "http://127.0.0.1:5000"),
        ("LOCALHOST", "5000", "http://localhost:5000"),
        ("[::1]:3002", "5000", "http://localhost:5000"),
        ("[2001:db8::1]:3002", "5000", ""),
        ("a;b", "5000", ""),
        ("localhost", "", ""),
        ("localhost", "0", ""),
        ("localhost", "65536", ""),
        ("localhost", "*", ""),
        ("localhost", "5000; script-src *", ""),
        ("localhost", '5000"', ""),
        ("localhost", "\u0665", ""),
    ],
)
def test_where_an_app_is(host: str, port: str, origin: str) -> None:
    """What cannot be an origin is none: it becomes part of a policy."""
    assert app_origin(host, port) == origin


def test_it_is_public_and_nothing_beside_it() -> None:
    """It holds no data of anyone, and a frame cannot send a token."""
    policy = Policy(3002, token="s3cret-token-of-16", require_token=True)

    def allowed(path: str, method: str = "GET") -> bool:
        return judge(Caller(method, path, host="127.0.0.1:3002", peer="127.0.0.1"), policy) is None

    assert allowed(PATH)
    assert allowed("/")
    for path in (
        "/api/builds/run-1.a",
        "/api/builds/../view",
        "/api/builds/view",
        "/api/builds/a/b/view",
        "//",
        "/index.html",
    ):
        assert not allowed(path), path
    assert not allowed(PATH, "POST")
    assert not allowed("/", "POST")
