"""Threats by paths, names and contents of files that a client, a project or another user chose."""

import time
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
import trio
from quart import Blueprint
from quart_trio import QuartTrio
from werkzeug.http import parse_options_header

from actors.processes.workdir import has_openat2
from actors.projects.files.reading import read
from actors.runtime.errors import CallboardError
from app.contracts.projects import content
from app.contracts.projects.files import add_files
from app.edge import install_error_handlers
from tests.threats.browser import runs_as_page, runs_as_script
from tests.threats.ground import Ground
from tests.threats.threat import Attack, Threat, Wall, Who, give, same, wall

SECRET = "what nobody else should read"


SWAPS = 100


MOMENT = 0.001
"""Seconds in which it is swapped for a link, and back."""


PAGE = b"<!doctype html><script>fetch('/jobs')</script>"


POLYGLOT = b"GIF89a/*\x01\x00*/=1;alert(document.domain)"


DECEIVING = 'a"; filename="b.exe"; x=".txt'


class OneProject:
    """Whatever asks for a project gets this one.

    Args:
        root: Of its app.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def app(self, _project: str) -> Path:
        """Where its files are."""
        await trio.lowlevel.checkpoint()
        return self._root

    async def status(self, _project: str) -> dict[str, Any]:
        """What it is called."""
        await trio.lowlevel.checkpoint()
        return {"name": "app"}


def project(ground: Ground) -> Path:
    """A project's directory, with a secret beside it."""
    root = ground.directory / "project"
    root.mkdir(exist_ok=True)
    (ground.directory / "secret").write_text(SECRET, encoding="ascii")
    (root / "own").write_text("its own", encoding="ascii")
    return root


async def fetch(ground: Ground, path: str) -> httpx.Response:
    """Fetch a file of the project over the route."""
    quart = QuartTrio("threats", static_folder=None)
    install_error_handlers(quart)
    routes = Blueprint("files", "threats")
    projects: Any = OneProject(project(ground))
    add_files(routes, projects)
    quart.register_blueprint(routes)
    answer = await quart.test_client().get(f"/api/projects/one/files/{path}")
    return httpx.Response(answer.status_code, headers=list(answer.headers.items()), content=await answer.get_data())


async def climb(ground: Ground) -> bool:
    """Fetch a file outside by the words of a path, in all the ways to write that."""
    secret = ground.directory / "secret"
    paths = (
        "../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "x/../../secret",
        f"/{secret}",
        f"%2f{secret}",
        "own%00/../../secret",
    )
    return any([SECRET in (await fetch(ground, path)).text for path in paths])


def opening(attack: Attack, *, at_once: bool) -> Attack:
    """Return an attack on a kernel with openat2, or on one without."""

    async def opened(ground: Ground) -> bool:
        with wall(actors__processes__workdir__has_openat2=give(at_once)).taken_out():
            return await attack(ground)

    return opened


def no_openat2() -> str:
    """Say why nothing can be opened with it."""
    return "" if has_openat2() else "this kernel has no openat2"


async def follow_link(ground: Ground) -> bool:
    """Fetch a file outside through a link that the project's own program made."""
    root = project(ground)
    if not (root / "link").is_symlink():
        (root / "link").symlink_to("../secret")
        (root / "up").symlink_to("..")
    return any([SECRET in (await fetch(ground, path)).text for path in ("link", "up/secret")])


async def swap_link(ground: Ground) -> bool:
    """Swap a file for a link while it is opened, again and again."""
    root = project(ground)
    tried = root / "swapped"
    won, swapped = False, trio.Event()

    async def swap() -> None:
        await trio.to_thread.run_sync(_swap, tried)
        swapped.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(swap)
        while not swapped.is_set():
            won = await trio.to_thread.run_sync(_read_secret, root, tried.name) or won
    return won


def _swap(tried: Path) -> None:
    """Swap a number of times."""
    file, link = tried.with_name("file"), tried.with_name("link-to-swap")
    for _ in range(SWAPS):
        file.write_text("its own", encoding="ascii")
        file.replace(tried)
        time.sleep(MOMENT / 2)  # so that it is a file for some of the openings
        link.symlink_to("../secret")
        link.replace(tried)
        time.sleep(MOMENT / 2)  # and a link for some


def _read_secret(root: Path, path: str) -> bool:
    with suppress(CallboardError, OSError), read(root, path) as opened:
        return SECRET.encode() in opened.stream.read()
    return False


async def open_page(ground: Ground) -> bool:
    """Open a page that an app wrote, at the address that the API has."""
    root = project(ground)
    for name in ("page.html", "page.svg", "page.xml", "page"):
        (root / name).write_bytes(PAGE)
    return any([runs_as_page(await fetch(ground, name)) for name in ("page.html", "page.svg", "page.xml", "page")])


async def load_script(ground: Ground) -> bool:
    """Load a script that an app wrote, or a picture that is one too, from that address."""
    root = project(ground)
    (root / "evil.js").write_bytes(b"alert(1)")
    (root / "evil.txt").write_bytes(b"alert(1)")
    (root / "evil.gif").write_bytes(POLYGLOT)
    return any([runs_as_script(await fetch(ground, name)) for name in ("evil.js", "evil.txt", "evil.gif")])


async def name_download(ground: Ground) -> bool:
    """Have a browser save a file under another name than it has."""
    (project(ground) / DECEIVING).write_bytes(b"x")
    found = await fetch(ground, DECEIVING.replace('"', "%22"))
    assert found.is_success, found.text
    return str(parse_options_header(found.headers["content-disposition"])[1].get("filename", "")).endswith(".exe")


async def split_header(ground: Ground) -> bool:
    """Have a header of one's own in an answer, by a name with a line end."""
    del ground
    return any(sign in content.disposition("attachment", "a\r\nSet-Cookie: a=b") for sign in "\r\n")


def _naively(kind: str, name: str) -> str:
    """A header with a name as it is."""
    return f'{kind}; filename="{name}"'


KERNEL = wall(actors__processes__workdir___RESOLVE_BENEATH=0)


STEPS = wall(actors__processes__workdir__os__O_NOFOLLOW=0)


THREATS = (
    Threat(
        "path out of a project",
        Who.HOLDER,
        "asks for a file by a path that leads out: `..`, in escapes, absolute, behind a NUL",
        "a path is looked at by its words",
        opening(climb, at_once=True),
        wall(actors__processes__workdir__check_relative=PurePosixPath),
        needs=no_openat2,
        also={"by the kernel (`openat2`, beneath)": KERNEL},
    ),
    Threat(
        "path out of a project on an old kernel",
        Who.HOLDER,
        "does so where there is no `openat2`",
        "a path is looked at by its words",
        opening(climb, at_once=False),
        wall(actors__processes__workdir__check_relative=PurePosixPath),
    ),
    Threat(
        "link out of a project",
        Who.APP,
        "makes a link to a file of the server's, and has it fetched",
        "no link that leads out is followed, by the kernel (`openat2`, beneath)",
        opening(follow_link, at_once=True),
        KERNEL,
        needs=no_openat2,
    ),
    Threat(
        "link out of a project on an old kernel",
        Who.APP,
        "does so where there is no `openat2`",
        "no link is followed, in any part of a path (`O_NOFOLLOW`)",
        opening(follow_link, at_once=False),
        STEPS,
    ),
    Threat(
        "link swapped in",
        Who.APP,
        "swaps a file for a link while it is opened",
        "nothing is looked at first: the opening itself follows no link that leads out (`openat2`, beneath)",
        opening(swap_link, at_once=True),
        KERNEL,
        needs=no_openat2,
    ),
    Threat(
        "link swapped in on an old kernel",
        Who.APP,
        "does so where there is no `openat2`",
        "nor does it where that is done part by part (`O_NOFOLLOW`)",
        opening(swap_link, at_once=False),
        STEPS,
    ),
    Threat(
        "page on the API's origin",
        Who.APP,
        "wrote a page, and has somebody open it where the API is, to use their rights",
        "files are sent as text, pictures or bytes to be saved, never as a page",
        open_page,
        wall(app__contracts__projects__content__safe_type=same),
        also={"with a policy that allows nothing": wall(app__contracts__projects__content__POLICY="x")},
    ),
    Threat(
        "script on the API's origin",
        Who.APP,
        "wrote a script, or a picture that is one too, and has our page load it",
        "no file is sent as a script, and `nosniff` keeps browsers from knowing better",
        load_script,
        Wall(
            {
                "app.contracts.projects.content._headers": lambda path, looked: {
                    "Content-Type": looked.media_type,
                    "ETag": looked.etag,
                    "Content-Disposition": path[:0] + "inline",
                }
            }
        ),
    ),
    Threat(
        "name of a download",
        Who.APP,
        "gives a file a name with quotes in it, so that a browser saves it as a program",
        "names in headers are written anew, and in full by RFC 6266",
        name_download,
        wall(app__contracts__projects__content__disposition=_naively),
    ),
    Threat(
        "header in a name",
        Who.APP,
        "gives it a name with a line end, and has a header of his own in the answer",
        "the same",
        split_header,
        wall(app__contracts__projects__content__disposition=_naively),
    ),
)
