"""Who may ask for an app, how, and what can never be reached by its address."""

from pathlib import Path
from typing import Optional

import pytest

from app.preview.keys import ENTRY_SECONDS, GRANT_SECONDS, SESSION_SECONDS, Keys
from app.security import Policy, judge
from app.security.caller import Caller
from tests.app.preview.opening import BEARER, GUARDED, opened
from tests.app.preview.standin import NONE, ONE, TOKEN, TWO, World, open_world

pytestmark = pytest.mark.real


async def test_an_apps_host_is_never_the_api(world: World) -> None:
    """Whatever path is asked for there."""
    for path in (f"/api/projects/{ONE}", "/assets/icon.svg", f"/api/projects/{ONE}/preview/open", "/health"):
        answer = await world.get(path, method="POST")
        assert b"Stand-in" in answer.content
    assert world.calls == []


async def test_an_app_that_is_not_there(world: World) -> None:
    """404, at its host, and the API is not asked."""
    assert (await world.get(f"/api/projects/{ONE}", project=NONE)).status_code == 404
    assert world.calls == []


@pytest.mark.parametrize(
    "host",
    [
        "evil.localhost:PORT", "job-1.localhost:PORT", "project-1.localhost:PORT", f"{ONE}.localhost:1",
        f"{ONE}.localhost", f"{ONE}.evil.example:PORT", f"{ONE}.localhost.evil.example:PORT", f"x.{ONE}.localhost:PORT",
        f"{ONE}.localhost.:PORT", f"{ONE}x.localhost:PORT", f"{ONE}.127.0.0.1:PORT",
    ],
)  # fmt: skip
async def test_other_names_stay_refused(world: World, host: str) -> None:
    """A name that somebody could let point here is neither the API's nor an app's."""
    answer = await world.client.get(
        f"http://127.0.0.1:{world.port}/", headers={"host": host.replace("PORT", str(world.port))}
    )
    assert answer.status_code == 421
    assert world.app.heard == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "object"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"http://{TWO}.localhost:1"}, 403),
    ],
)
async def test_what_other_pages_make_browsers_send(world: World, headers: dict[str, str], status: int) -> None:
    """They may open an app, and nothing else."""
    assert (await world.get("/", headers=headers)).status_code == status


async def test_whether_it_is_here_can_be_asked_by_any_page(world: World) -> None:
    """Our page has to find out whether the name leads here; the app is not asked."""
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty"}
    answer = await world.get("/.callboard/here", headers=headers)
    assert answer.status_code == 204
    assert (await world.get("/.callboard/other")).status_code == 404
    assert world.app.heard == []


async def test_without_a_token_nothing_is_needed_on_this_machine(world: World) -> None:
    """The address is the app's own; the page is told what it may try next."""
    answer = (await opened(world)).json()
    url = f"http://{ONE}.localhost:{world.port}/"
    assert answer == {
        "mode": "host", "url": url, "enter": url, "probe": f"{url}.callboard/here", "others": ["port"], "renew_s": None,
    }  # fmt: skip
    assert (await opened(world, project=NONE)).status_code == 404
    assert (await opened(world, mode="path")).status_code == 409
    assert (await opened(world, mode="other")).status_code == 422


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "", 200),
        (b"{}", "application/json", 200),
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"other": 1}', "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
    ],
)
async def test_what_is_no_wish_is_refused(world: World, body: bytes, kind: str, status: int) -> None:
    """As everywhere else; nothing at all is a wish for the best way."""
    url = f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview/open"
    answer = await world.client.post(url, content=body, headers={"content-type": kind} if kind else {})
    assert answer.status_code == status


async def test_a_token_is_needed_where_it_is_required(tmp_path: Path) -> None:
    """For the app as for the API; the header is taken too, and does not reach the app."""
    async with open_world(tmp_path, GUARDED) as world:
        assert (await opened(world)).status_code == 401
        assert (await world.get("/")).status_code == 401
        assert (await world.get("/", headers={"authorization": "Bearer wrong-token-of-16"})).status_code == 401
        assert (await world.get("/", headers=BEARER)).status_code == 200
        assert world.app.last.get("authorization") is None
        page = await world.client.get(f"http://127.0.0.1:{world.port}/api/projects/{ONE}/preview")
        assert page.status_code == 200


async def test_a_key_becomes_a_cookie(tmp_path: Path) -> None:
    """Of the app's own host, out of reach of scripts; the app never sees it, nor does it serve another project."""
    async with open_world(tmp_path, GUARDED) as world:
        enter = (await opened(world, **BEARER)).json()["enter"].partition(str(world.port))[2]
        framed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
        assert (await world.get(enter, project=TWO)).status_code == 401
        answer = await world.get(enter, headers=framed)
        assert answer.status_code == 303
        flags = set(answer.headers["set-cookie"].split("; ")[1:])
        assert flags == {"Path=/", "HttpOnly", "SameSite=None", "Partitioned", "Secure", f"Max-Age={SESSION_SECONDS}"}
        plain = await world.get(enter)
        assert "SameSite=Lax" in plain.headers["set-cookie"]
        assert "Secure" not in plain.headers["set-cookie"]
        assert "Domain" not in plain.headers["set-cookie"]
        shown = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
        entered = await world.get(answer.headers["location"], headers=shown)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert (await world.get(answer.headers["location"])).status_code == 403
        assert (await world.get("/", headers=shown)).status_code == 200
        assert world.app.last.get("cookie") is None
        assert (await world.get("/", project=TWO, headers=shown)).status_code == 401
        api = f"http://127.0.0.1:{world.port}/api/projects/{ONE}"
        assert (await world.client.get(api, headers=shown)).status_code == 401


async def test_a_key_leads_nowhere_else(tmp_path: Path) -> None:
    """Only to a path of the app."""
    async with open_world(tmp_path, GUARDED) as world:
        enter = (await opened(world, **BEARER)).json()["enter"].partition(str(world.port))[2]
        for to in ("https://evil.example/", "//evil.example/", "/\\evil.example", "x"):
            answer = await world.get(enter, params={"key": enter.partition("key=")[2], "to": to})
            assert answer.headers["location"].endswith("&to=/")


async def test_what_a_proxy_passed_on_needs_the_key(tmp_path: Path) -> None:
    """Also by a domain of its own."""
    policy = {"token": TOKEN, "hosts": ("board.example",)}
    async with open_world(tmp_path, policy, domain="apps.example") as world:
        headers = {"host": f"{ONE}.apps.example", "x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https"}
        assert (await world.get("/", headers=headers)).status_code == 401
        page = {"host": "board.example", "x-forwarded-proto": "https", **BEARER}
        answer = (await opened(world, **page)).json()
        assert answer["url"] == f"https://{ONE}.apps.example/"
        assert answer["others"] == []
        key = answer["enter"].partition("example/")[2]
        way_in = await world.get(f"/{key}", headers=headers)
        assert "Secure" in way_in.headers["set-cookie"]
        cookie = way_in.headers["set-cookie"].partition(";")[0]
        shown = await world.get("/", headers={**headers, "cookie": cookie})
        assert shown.status_code == 200
        assert world.app.last.get("x-forwarded-for") is None
        assert "https://board.example" in shown.headers["content-security-policy"]


async def test_over_tls_without_a_domain_there_is_no_way(tmp_path: Path) -> None:
    """A page over TLS shows nothing that is not; it is said what to do."""
    async with open_world(tmp_path, {"token": TOKEN, "hosts": ("board.example",)}) as world:
        answer = await opened(world, host="board.example", origin="https://board.example", **BEARER)
        assert answer.status_code == 409
        assert "preview_domain" in answer.json()["hint"]


def test_keys_end() -> None:
    """A key in an address soon, a cookie some time, a path when nobody asks any more; a made-up one is none."""
    now = [0.0]
    keys = Keys(lambda: now[0])
    entry, session = keys.entry(ONE), keys.session(ONE)
    keys.grant(ONE, "1.2.3.4")
    assert keys.is_entry(entry, ONE)
    assert keys.is_session(session, ONE)
    assert not keys.is_session(entry, ONE)
    assert not keys.is_entry(session, ONE)
    assert not keys.is_entry(entry, TWO)
    assert keys.granted(ONE, "1.2.3.4")
    assert not keys.granted(ONE, "1.2.3.5")
    assert not keys.granted(TWO, "1.2.3.4")
    for text in ("", ".", "x.y", "ffffffff.", f"ffffffff.{entry.partition('.')[2]}", "é.é", "1" * 5000):
        assert not keys.is_entry(text, ONE)
    now[0] = GRANT_SECONDS + ENTRY_SECONDS
    assert not keys.is_entry(entry, ONE)
    assert not keys.granted(ONE, "1.2.3.4")
    assert keys.is_session(session, ONE)
    now[0] = SESSION_SECONDS + 1
    assert not keys.is_session(session, ONE)
    assert not Keys(lambda: 0).is_entry(entry, ONE)


def test_grants_are_bounded() -> None:
    """Those who asked last keep their way in."""
    keys = Keys(lambda: 0)
    for number in range(3000):
        keys.grant(ONE, str(number))
    assert len(keys._grants) <= 1000
    assert keys.granted(ONE, "2999")


def test_the_preview_page_is_public_and_nothing_beside_it() -> None:
    """It holds no data of anyone."""
    policy = Policy(3002, token=TOKEN, require_token=True)
    caller = Caller("GET", "", host="127.0.0.1:3002", peer="127.0.0.1")

    def status(path: str, method: str = "GET") -> Optional[int]:
        denial = judge(Caller(**{**vars(caller), "path": path, "method": method}), policy)
        return denial.status if denial else None

    assert status(f"/api/projects/{ONE}/preview") is None
    assert status(f"/api/projects/{ONE}/preview", "POST") == 401
    for path in ("", "/status", "/files", "/preview/status", "/preview/", "/preview/open", "/../x/preview"):
        assert status(f"/api/projects/{ONE}{path}") == 401
