"""Bodies of requests: forms, JSON, and the names of uploads."""

import json
from contextlib import suppress
from typing import Optional

from actors.builds.base import BuildRequest
from actors.runtime.errors import CallboardError, InvalidInput, TooLarge, UnsupportedBody
from app.contracts.bodies import fit, parse_object
from app.contracts.builds.body import read_plain
from app.contracts.builds.models import BuildBody
from app.contracts.jobs.models import RetryBody
from app.contracts.projects.models import GenerateBody
from app.contracts.texts import LINE, NAME, fits
from app.uploads.form import FileData, FileEnded, FileStarted, Form, boundary_of, parse_params, shown
from app.uploads.head import declared_size
from app.uploads.resumable.endpoint import name_of
from app.uploads.resumable.upload import check_number
from app.uploads.upload import UploadLimits
from tests.fuzz.targets.inputs import Target, pieces, text

_LIMITS = UploadLimits(files=3, file_bytes=300, total_bytes=2000, fields=3, field_bytes=50)
_TYPE = "multipart/form-data; boundary=b"


def _part(header: bytes, content: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="' + header + b"\r\n\r\n" + content + b"\r\n"


_PHOTO = _part(b'images"; filename="..\\a/photo.jpg"', b"\xff\xd8photo")
_END = b"--b--\r\n"


def form(data: bytes) -> None:
    """A form has its photos within their bounds, each begun and ended, or is refused; it is the same in any pieces."""
    assert _read(list(pieces(data))) == _read([data[1:]])


def _read(chunks: list[bytes]) -> Optional[tuple[object, ...]]:
    """Read a form: its photos with their names, and its fields; None when it is refused."""
    reader = Form(_TYPE, _LIMITS)
    photos: list[tuple[str, bytes]] = []
    is_open = False
    with suppress(CallboardError):
        for chunk in chunks:
            for event in reader.feed(chunk):
                if isinstance(event, FileStarted):
                    assert not is_open
                    is_open = True
                    photos.append((event.name, b""))
                elif isinstance(event, FileData):
                    assert is_open
                    photos[-1] = (photos[-1][0], photos[-1][1] + event.data)
                elif isinstance(event, FileEnded):
                    is_open = False
        reader.end()
        assert 0 < len(photos) <= _LIMITS.files
        assert not is_open
        assert all(0 < len(content) <= _LIMITS.file_bytes for _, content in photos)
        assert all(name.isprintable() and "/" not in name and "\\" not in name for name, _ in photos)
        return tuple(photos), reader.engine, repr(reader.parameters())
    return None


def form_head(data: bytes) -> None:
    """What a request's head says of a form is understood, or refused; a size is a number."""
    given = data.decode("latin-1")
    with suppress(UnsupportedBody):
        boundary = boundary_of(given)
        assert 0 < len(boundary) <= 70
        assert boundary.isprintable()
    assert declared_size({b"content-length": given}) >= 0
    with suppress(InvalidInput):
        json.dumps(parse_params(given), allow_nan=False)


def upload_names(data: bytes) -> None:
    """The name of a photo is one line without a directory; its number is one of those that there may be."""
    name = name_of(b"name=" + data, 7)
    assert name
    assert name.isprintable()
    assert "/" not in name
    assert "\\" not in name
    assert len(name) <= 200
    assert shown(text(data)).isprintable()
    with suppress(InvalidInput, TooLarge):
        assert 0 < check_number(text(data), _LIMITS) <= _LIMITS.files


def objects(data: bytes) -> None:
    """A JSON body can be written again as it is; what is taken of it is as its pattern says."""
    with suppress(InvalidInput):
        values = parse_object(data, "{}")
        json.dumps(values, ensure_ascii=False).encode()
        with suppress(InvalidInput):
            json.dumps(fit(RetryBody, values, "{}").params, allow_nan=False)
        asked = fit(GenerateBody, values, "{}")
        assert asked.prompt.strip()
        assert asked.name is None or fits(LINE, asked.name) or asked.name.strip() == asked.name


def builds(data: bytes) -> None:
    """A request for a build that is taken can be a directory's name and an argument, and is the same in both ways."""
    with suppress(InvalidInput):
        values = parse_object(data, "{}", strict=False)
        plain = read_plain(values)
        asked = plain or fit(BuildBody, values, "{}").as_request()
        assert plain is None or fit(BuildBody, values, "{}").as_request() == plain
        assert fits(NAME, asked.run_id)
        assert fits(NAME, asked.workspace_id)
        assert "\0" not in asked.prompt
        asked.prompt.encode()
        assert asked.workspace_path is None or asked.workspace_path.startswith("/")
        assert asked.assigned_port is None or 0 < asked.assigned_port < 65536
        assert BuildRequest.from_json(json.loads(json.dumps(asked.as_json()))) == asked


TARGETS = {
    "form": Target(
        form,
        (
            b"\x07" + _PHOTO + _part(b'engine"', b"simulated") + _part(b'params"', b'{"seed": 1}') + _END,
            b"\x01" + _PHOTO + _part(b'seed"', b"\xff") + _END,
            b"\x30preamble\r\n" + _part(b'images"; filename=""', b"") + _PHOTO + _END + b"epilogue",
            b"\x40" + _PHOTO * 4 + _END,
            b"\x10" + _part(b'images"; filename="a.png"', b"x" * 301) + _END,
        ),
    ),
    "form-head": Target(
        form_head,
        (_TYPE.encode(), b'multipart/form-data; boundary="a b"; charset=x', b"12345", b'{"a": [1e999]}', b"text/plain"),
    ),
    "upload-names": Target(
        upload_names, (b"photo.jpg", b"..%2f..%5cx%00", b"%e2%80%ae", b"3", b"\xd9\xa3", b"&name=b")
    ),
    "objects": Target(
        objects,
        (
            b'{"prompt": "a habit tracker", "name": "x", "budget": {"turns": 5.0, "cost_usd": 1e308}}',
            b'{"prompt": "\\ud800", "x": NaN}',
            b'{"engine": "simulated", "params": {"speed": 1e999, "steps": 5}}',
            b"[" * 50,
        ),
    ),
    "builds": Target(
        builds,
        (
            b'{"runId": "run-7", "prompt": "p", "workspaceId": "w", "workspacePath": "/w", "assignedPort": 5000}',
            b'{"runId": "..", "prompt": "\\u0000", "workspaceId": "a/b", "assignedPort": 1e3}',
        ),
    ),
}
