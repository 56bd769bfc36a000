"""Threats by scripts that wait in what people send, until our page shows it to somebody else."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.outgoing import Outgoing
from app.problems import Header
from app.web.assets import Asset
from tests.threats.browser import runs_markup
from tests.threats.ground import Ground
from tests.threats.threat import SERVER, Threat, Wall, Who

PAGES = (
    "/",
    "/docs",
    "/jobs/job-1/view",
    "/api/builds/run-1/view",
    "/api/builds/run-1/view?embed",
    "/api/projects/project-1/preview",
    "/api/projects/project-1/preview?embed",
)
"""All of ours, but the one of a shared link, which needs one."""


async def run_in_page(ground: Ground) -> bool:
    """Run as our page, for whoever looks at a name, a prompt or a log, should the page ever take it for markup."""
    link = str((await ground.client.post(f"/jobs/{await ground.victim()}/share")).json()["path"])
    answers = [await ground.client.get(path) for path in (*PAGES, link)]
    assert all(answer.headers["content-type"].startswith("text/html") for answer in answers)
    return any(runs_markup(answer) for answer in answers)


HEADERS: Callable[[Asset], dict[str, str]] = vars(Asset)["headers"].fget


def _inline(page: Asset) -> dict[str, str]:
    """The headers of a page that may have scripts in it."""
    return HEADERS(replace(page, policy=page.policy.replace("script-src", "script-src 'unsafe-inline'")))


DRESSED = Outgoing._dressed


def _trusting(outgoing: Outgoing, headers: Iterable[Header]) -> list[Header]:
    """The headers of an answer, without the word that keeps text from becoming markup."""
    return [(name, value.replace(b"; require-trusted-types-for", b"; x")) for name, value in DRESSED(outgoing, headers)]


THREATS = (
    Threat(
        "script in what is shown",
        Who.UPLOADER,
        "puts a script into a name, a prompt or a log, which runs as our page for whoever looks, where it has a hole",
        "no script of a page is inline (`script-src 'self'`)",
        run_in_page,
        Wall({"app.web.assets.Asset.headers": property(_inline)}),
        SERVER,
        also={
            "no text becomes markup (`require-trusted-types-for 'script'`)": Wall(
                {"app.outgoing.Outgoing._dressed": _trusting}
            ),
        },
    ),
)
