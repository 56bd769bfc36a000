"""Who asks through nginx: names, tokens, addresses, and what an answer says of itself."""

import re
from collections import Counter
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.e2e.nginx.ground import TOKEN, behind
from tests.e2e.nginx.proxy import NAME, Proxy
from tests.e2e.test_bad_input import check_problem
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

BEARER = {"Authorization": f"Bearer {TOKEN}"}
ONCE = {
    *("x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy"),
    *("content-security-policy", "cache-control", "content-type", "server", "date"),
}


def _client(proxy: Proxy, address: str) -> httpx.AsyncClient:
    """Somebody on another machine: who comes from another address of loopback."""
    transport = httpx.AsyncHTTPTransport(verify=proxy.context(), local_address=address)
    return httpx.AsyncClient(base_url=f"https://127.0.0.1:{proxy.https}", headers={"Host": NAME}, transport=transport)


def _has_logged(proxy: Proxy, words: str) -> bool:
    """Whether nginx has written some words into its log of requests."""
    return words in proxy.requests


async def test_tls_and_what_an_answer_says(tmp_path: Path) -> None:
    """Without TLS there is a way to it and nothing else; over both versions of HTTP each header comes once."""
    async with behind(tmp_path) as (server, proxy):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{proxy.http}", headers={"Host": NAME}) as plain:
            answer = await plain.post("/upload?a=1", content=b"x")
            assert (answer.status_code, answer.headers["location"]) == (308, f"https://{NAME}/upload?a=1")
        for http2 in (False, True):
            async with proxy.calling(TOKEN, http2=http2) as client:
                for path in ("/jobs", "/health", "/docs", "/nothing"):
                    answer = await client.get(path)
                    assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
                    counts = Counter(name for name, _ in answer.headers.multi_items())
                    assert {name: counts[name] for name in ONCE if counts[name] > 1} == {}
                    assert {"x-content-type-options", "content-security-policy"} <= set(counts)
                    assert answer.headers["server"] == "nginx"
        async with proxy.calling(TOKEN) as client:
            for sent, told in (("my-own.1", "my-own.1"), ("not one", ""), ("", "")):
                answer = await client.get("/jobs", headers={"X-Request-ID": sent} if sent else {})
                got = answer.headers["x-request-id"]
                assert got == told or (not told and re.fullmatch("[0-9a-f]{32}", got))
                # nginx writes the line once the answer is sent.
                await until(partial(_has_logged, proxy, f" {got}\n"), what=f"a line of nginx's log with {got}")
        assert "Traceback" not in server.said
        # What a shared link says lets anybody in who reads it.
        async with proxy.calling() as client:
            await client.get("/shared/a-secret/model")
        await until(partial(_has_logged, proxy, "/shared/-/model"), what="a line of nginx's log with the link's path")
        assert "a-secret" not in proxy.requests


async def test_names_and_tokens(tmp_path: Path) -> None:
    """A request that was passed on needs the token, whatever name it asks for and wherever it says that it is from."""
    async with behind(tmp_path) as (server, proxy), proxy.calling() as client:
        for host in (NAME, f"localhost:{proxy.https}", f"127.0.0.1:{server.port}", f"localhost:{server.port}"):
            for more in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": "", "Forwarded": "for=127.0.0.1"}):
                check_problem(await client.get("/jobs", headers={"Host": host, **more}), 401, "token")
            assert (await client.get("/jobs", headers={"Host": host, **BEARER})).status_code == 200
        for path in ("/openapi.json", "/metrics"):
            check_problem(await client.get(path), 401, "token")
            assert (await client.get(path, headers=BEARER)).status_code == 200
        check_problem(await client.get("/jobs", headers={"Host": "other.example", **BEARER}), 421, "name")
        for origin, status in ((f"https://{NAME}", 200), ("https://other.example", 403), (f"http://{NAME}:1", 403)):
            assert (await client.get("/jobs", headers={"Origin": origin, **BEARER})).status_code == status, origin
        # With its port a name is another origin, and the port has to arrive for that.
        own = {"Host": f"localhost:{proxy.https}", "Origin": proxy.url, **BEARER}
        assert (await client.get("/jobs", headers=own)).status_code == 200


async def test_wrong_tokens_are_counted_for_each_client(tmp_path: Path) -> None:
    """And not for the proxy, nor for whom a client says that it is."""
    async with (
        behind(tmp_path) as (_, proxy),
        _client(proxy, "127.0.0.2") as guesser,
        _client(proxy, "127.0.0.3") as other,
    ):
        found = []
        for number in range(40):
            headers = {"Authorization": f"Bearer guess-{number}", "X-Forwarded-For": f"192.0.2.{number}, 127.0.0.3"}
            found.append((await guesser.get("/jobs", headers=headers)).status_code)
        assert set(found) == {401, 429}
        refused = await guesser.get("/jobs", headers={"Authorization": "Bearer guess-41"})
        if refused.status_code == 401:  # a second has passed
            refused = await guesser.get("/jobs", headers={"Authorization": "Bearer guess-42"})
        check_problem(refused, 429, "wrong")
        assert int(refused.headers["retry-after"]) > 0
        check_problem(await other.get("/jobs", headers={"Authorization": "Bearer guess"}), 401, "wrong")
        assert (await other.get("/jobs", headers=BEARER)).status_code == 200
