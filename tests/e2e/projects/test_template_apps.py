"""Apps of the template in a real browser: what is added, changed and deleted in them survives a reload."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from actors.generators.template.topics import TOPICS
from actors.generators.template.understand import understand
from actors.projects.generators.template.changing import change
from tests.app.web.browser import Browser, chromium_process, open_browser
from tests.e2e.projects.apps import LEADS, MARKUP, ROWS, Person, serve, write_app
from tests.e2e.projects.prompts import PROMPTS

pytestmark = [pytest.mark.real, pytest.mark.slow]

AT_ONCE = 4
KINDS = 8


@pytest.fixture(scope="module")
def devtools() -> Iterator[str]:
    """One browser for all tests of this module."""
    with chromium_process() as url:
        yield url


async def use(person: Person) -> None:
    """Add two items, change one and delete one, loading the page again after each."""
    lead = next((field.name for field in person.idea.topic.fields if field.name in LEADS), "value")
    await person.open()
    for number in (1, 2):
        typed = await person.fill(f"Add {person.idea.topic.one}", number, "Add")
    await person.open()
    await _shows(person, 2)
    assert {str(item[lead]) for item in await person.kept()} == {str(typed[lead]).replace("2", str(n)) for n in (1, 2)}
    await person.fill("Edit *", 7, "Save")
    await person.open()
    await _shows(person, 2)
    assert [item for item in await person.kept() if str(item[lead]) in {"7", f"{MARKUP} 7"}]
    await person.press("Edit *", "Delete")
    await person.open()
    await _shows(person, 1)
    assert len(await person.kept()) == 1
    assert person.tab.problems == []
    assert await person.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def _shows(person: Person, count: int) -> None:
    """So many items can be edited; an agenda and a ledger show a month, and leave others a press away."""
    if person.idea.topic.kind == "ledger":
        await person.tab.until(
            f"(() => {{ if ({ROWS}) return true;"
            " document.querySelector('[aria-label=\"The month before\"]').click(); return false; })()"
        )
    await person.tab.until(f"{ROWS} === {count}")


async def test_twenty_prompts_make_apps_that_work(devtools: str, tmp_path: Path) -> None:
    """Of at least eight kinds; several at once, which takes less time."""
    ideas = [understand(prompt) for prompt in PROMPTS]
    assert len({idea.topic.kind for idea in ideas}) >= KINDS
    for number, idea in enumerate(ideas):
        write_app(idea, tmp_path / f"app-{number}")
    limit = trio.CapacityLimiter(AT_ONCE)

    async def one(browser: Browser, number: int, base: str) -> None:
        async with limit, browser.open_tab() as tab:
            await use(Person(tab, ideas[number], f"{base}app-{number}/"))
            assert all(request.startswith((base, "data:", "about:")) for request in tab.requests)

    with serve(tmp_path, keep=True) as base:
        async with open_browser(devtools) as browser, trio.open_nursery() as nursery:
            for number in range(len(ideas)):
                nursery.start_soon(one, browser, number, base)


async def test_a_follow_up_keeps_what_was_added(devtools: str, tmp_path: Path) -> None:
    """Whatever kind of app it becomes, and back again."""
    first = understand("a list of plants")
    directory = tmp_path / "app"
    with serve(tmp_path) as base:
        async with open_browser(devtools) as browser, browser.open_tab() as tab:
            write_app(first, directory)
            person = Person(tab, first, f"{base}app/")
            await person.open()
            await person.fill(f"Add {first.topic.one}", 1, "Add")
            before = await person.kept()
            for topic in {topic.kind: topic for topic in TOPICS}.values():
                write_app(change(f"make it a {topic.words[0]} app instead", first).idea, directory)
                await person.open()
                await tab.until("document.querySelector('h1') !== null")
                assert tab.problems == [], topic.kind
            write_app(change("add a price", first).idea, directory)
            await person.open()
            assert await person.kept() == before
            await tab.until(f"{ROWS} === 1")


async def test_it_says_so_when_the_browser_keeps_nothing(devtools: str, tmp_path: Path) -> None:
    """It works all the same, until it is left."""
    idea = understand("a habit tracker")
    write_app(idea, tmp_path / "app")
    page = (tmp_path / "app" / "index.html").read_text(encoding="utf-8")
    refuse = (
        "<script>Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })</script>"
    )
    (tmp_path / "app" / "index.html").write_text(page.replace("</title>", f"</title>{refuse}"), encoding="utf-8")
    with serve(tmp_path) as base:
        async with open_browser(devtools) as browser, browser.open_tab() as tab:
            person = Person(tab, idea, f"{base}app/")
            await person.open()
            await tab.until("document.querySelector('.note:not([hidden])')?.textContent.includes('no storage')")
            await person.fill("Add habit", 1, "Add")
            await tab.until(f"{ROWS} === 1")
            assert tab.problems == []
