"""From a prompt to a running app in a browser, which takes up a change without being loaded again."""

import pytest

from tests.app.web.browser import Tab
from tests.e2e.projects.grounds import CHANGED, MARK, SAME, TITLE, Ground, heading, shown

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.mark.parametrize("mode", ["host", "port", "path"])
async def test_a_change_is_shown_without_loading_the_page_again(
    ground: Ground, below: Ground, tab: Tab, other_tab: Tab, mode: str
) -> None:
    """The window that showed the app before shows it after, with all that was in it."""
    place = below if mode == "path" else ground
    tab = other_tab if mode == "port" else tab
    async with place.calling() as client:
        project = await place.generate(client)
        # A person looks on while it is made.
        await tab.goto(project.page())
        await project.done()
        frame = await shown(tab, mode)
        await frame.until(heading(TITLE))
        # As it came up the page may have loaded it twice.
        await tab.goto("about:blank")
        await tab.goto(project.page())
        frame = await shown(tab, mode)
        await frame.until(heading(TITLE))
        await frame.evaluate(MARK)
        await project.tool("edit_file", path="src/idea.js", old=f'"{TITLE}"', new=f'"{CHANGED}"')
        await frame.until(heading(CHANGED))
        assert await frame.evaluate(SAME)
        # That it would be seen if the page had been loaded again.
        await frame.evaluate("setTimeout(() => location.reload())")
        await frame.until(f"{heading(CHANGED)} && !({SAME})")
