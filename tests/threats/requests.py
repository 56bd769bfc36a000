"""Threats by what is in a request: photos that are none or too much, JSON that cannot be, names that are not names."""

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from actors.jobs.imagecheck.checker import CheckedImage
from actors.runtime.errors import InvalidInput
from app.contracts import bodies
from app.uploads.upload import UploadLimits
from tests.app.served import PHOTOS
from tests.threats.browser import EVIL
from tests.threats.ground import Ground
from tests.threats.threat import SERVER, Attack, Threat, Wall, Who, give, same, wall

BIDI = "photo\u202egpj.exe"
TERMINAL = "photo\x1b]0;owned\x07.jpg"
MIB = 1 << 20


def png(width: int, height: int) -> bytes:
    """A picture of nothing: some KB for as many pixels as one likes, each of which takes a byte when it is decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sends(make: Callable[[], bytes], name: str = "a.png", count: int = 3) -> Attack:
    """Return an attack with a photo that should not be taken."""

    async def attack(ground: Ground) -> bool:
        content = make()
        files = [("images", (name, content, "image/png")) for _ in range(count)]
        return (await ground.client.post("/upload", files=files, data={"speed": "0"})).is_success

    return attack


async def name_in_answer(ground: Ground) -> bool:
    """Have a name shown to a person, or to a terminal, that is not what it seems."""
    answers = [
        await ground.client.post("/upload", files={"images": (name, b"no photo", "image/jpeg")}, data={"speed": "0"})
        for name in (BIDI, TERMINAL)
    ]
    said = "".join(f"{answer.json()['detail']}{answer.json()['errors'][0]['field']}" for answer in answers)
    return any(sign in said for sign in ("\u202e", "\x1b", "\x07"))


async def many_photos(ground: Ground) -> bool:
    """Send more photos than there may be."""
    return await sends(min(PHOTOS.glob("*.jpg")).read_bytes, "a.jpg", 7)(ground)


async def deep(ground: Ground) -> bool:
    """Have the parser of JSON use up the stack."""
    answer = await ground.client.post(
        "/api/generate", content=b"[" * 200_000, headers={"content-type": "application/json"}
    )
    return answer.status_code >= 500


async def no_numbers(ground: Ground) -> bool:
    """Have numbers taken that no JSON can say again, so that nobody can read what is listed after that."""
    del ground
    return any(_parses(body) for body in (b'{"a": NaN}', b'{"a": -Infinity}'))


async def half_characters(ground: Ground) -> bool:
    """Have text taken that cannot be written to a file, a database or an answer."""
    del ground
    return _parses(b'{"a": "\\ud800"}')


async def path_as_name(ground: Ground) -> bool:
    """Have a build's files written wherever one likes."""
    places = (str(ground.directory / "elsewhere"), "/etc/callboard", f"{ground.data}/workspaces/../../elsewhere")
    answers = [
        await ground.client.post(
            "/api/build", json={"runId": f"r{number}", "prompt": "x", "workspaceId": "w", "workspacePath": place}
        )
        for number, place in enumerate(places)
    ]
    return any(answer.is_success for answer in answers)


async def path_in_id(ground: Ground) -> bool:
    """The same by an id that is a path."""
    names = ("../../elsewhere", "..", "a/b", "a\x00b", "a\nb")
    answers = [
        await ground.client.post("/api/build", json={"runId": f"i{number}", "prompt": "x", "workspaceId": name})
        for number, name in enumerate(names)
    ]
    return any(answer.is_success for answer in answers)


def _parses(data: bytes) -> bool:
    try:
        bodies.parse_object(data, "an object")
    except InvalidInput:
        return False
    return True


def _polyglot() -> bytes:
    """A picture to who looks at its first bytes, and a page to a browser that looks further."""
    page = f"<script src={EVIL}></script>".encode()
    return b"GIF89a/*" + page + b"*/=1;alert(1)"


async def _any_image(_checker: object, photos: Sequence[object]) -> Sequence[CheckedImage]:
    return [CheckedImage("image/png", 1, 1) for _ in photos]


def _without_limit(settings: Any) -> UploadLimits:
    del settings
    return UploadLimits()


def _loosely(data: bytes, example: str, *, strict: bool = True) -> Any:
    """Read JSON as anybody would."""
    del example, strict
    return json.loads(data)


ANY_JSON = wall(
    app__contracts__bodies__json=SimpleNamespace(
        loads=lambda data, **_: json.loads(data), dumps=lambda *_, **__: "", JSONDecodeError=json.JSONDecodeError
    )
)

THREATS = (
    Threat(
        "picture of too many pixels",
        Who.UPLOADER,
        "sends some KB that would be 144 million pixels",
        "`upload_pixels`, looked at in the header before anything is decoded",
        sends(partial(png, 12_000, 12_000), count=1),
        Wall({"app.composition.jobs.CheckLimits": lambda **given: _checks(**{**given, "pixels": 1 << 40})}),
        SERVER,
        fresh=True,
        slow=True,
    ),
    Threat(
        "picture of too much memory",
        Who.UPLOADER,
        "sends a picture within that limit that takes more memory than there may be",
        "decoding has a process of its own, with `check_memory`",
        sends(partial(png, 9_990, 10_000), count=1),
        Wall({"app.composition.jobs.CheckLimits": lambda **given: _checks(**{**given, "memory": 1 << 30})}),
        {"check_memory": 100 * MIB},
        fresh=True,
        slow=True,
    ),
    Threat(
        "polyglot",
        Who.UPLOADER,
        "sends what is a picture to one program and a page or script to another",
        "each photo is decoded, as one of four kinds",
        sends(_polyglot, "a.gif"),
        Wall({"actors.jobs.imagecheck.checker.ImageChecker.check_all": _any_image}),
        SERVER,
    ),
    Threat(
        "too many photos",
        Who.UPLOADER,
        "sends photos without number",
        "`upload_files`",
        many_photos,
        Wall({"app.composition.uploads.upload_limits": _without_limit}),
        {"upload_files": 5},
        fresh=True,
    ),
    Threat(
        "names that deceive",
        Who.UPLOADER,
        "gives a photo a name that turns the direction of writing, or steers a terminal",
        "what cannot be seen is replaced in names",
        name_in_answer,
        wall(app__uploads__form__shown=same),
        SERVER,
    ),
    Threat(
        "deep JSON",
        Who.UPLOADER,
        "sends brackets without number",
        "what cannot be read is refused as such",
        deep,
        wall(app__contracts__bodies__parse_object=_loosely),
        SERVER,
    ),
    Threat(
        "numbers that are none",
        Who.UPLOADER,
        "sends `NaN`, which Python reads and writes and nobody else can read",
        "that is refused",
        no_numbers,
        ANY_JSON,
    ),
    Threat(
        "halves of characters",
        Who.UPLOADER,
        "sends half a surrogate pair, at which files, databases and answers fail later",
        "all text of a body has to be writable again",
        half_characters,
        ANY_JSON,
    ),
    Threat(
        "workspace anywhere",
        Who.ORCHESTRATOR,
        "names a directory to build in that is none of the workspaces",
        "a workspace is below a configured root, by the words of its path",
        path_as_name,
        Wall({"actors.builds.workspace._problem_of_path": give("")}),
        SERVER,
        also={"by its directories, when they are looked at": wall(actors__builds__service__inspect=give(None))},
    ),
    Threat(
        "workspace with a path for an id",
        Who.ORCHESTRATOR,
        "does so by the id",
        "an id is a name, where a request is read",
        path_in_id,
        wall(app__contracts__builds__models__fits=give(True)),
        SERVER,
        also={"where it becomes a directory": wall(actors__builds__workspace__problem_of_name=give(""))},
    ),
)


def _checks(**given: Any) -> Any:
    from actors.jobs.imagecheck.decoder import CheckLimits

    return CheckLimits(**given)
