"""The form inside an upload's body, without I/O: bytes in, events out, refused as soon as something is wrong."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn, Optional, Union

from multipart import parse_options_header

from actors.runtime.errors import FieldError, InvalidInput, TooLarge, UnsupportedBody
from app.uploads.parts import Head, Malformed, PartsParser, TooMuch
from app.uploads.upload import UploadLimits

IMAGES: Final = "images"
ENGINE: Final = "engine"
PARAMS: Final = "params"
_HOW: Final = "Send multipart/form-data with one or more files named `images`, as `curl -F images=@photo.jpg` does."
_MAX_PREAMBLE: Final = 64 * 1024
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", re.ASCII)


class FileStarted(NamedTuple):
    """A photo begins.

    Attributes:
        name: What the client calls it, made fit for people to read.
    """

    name: str


class FileData(NamedTuple):
    """The next bytes of the photo that has begun: a part of what was fed, which lives as long as they do."""

    data: memoryview


class FileEnded(NamedTuple):
    """The photo that has begun is complete."""


Event = Union[FileStarted, FileData, FileEnded]


@dataclass
class _Part:
    """The part of the body that is being read."""

    name: str
    filename: Optional[str]
    size: int = 0
    text: bytes = b""


class Form:
    """Reads one upload's form.

    Args:
        content_type: The request's `Content-Type`.
        limits: What is accepted.

    Raises:
        UnsupportedBody: It is not a multipart form.
    """

    def __init__(self, content_type: str, limits: UploadLimits) -> None:
        self._limits = limits
        # Parts without content (a form's empty file input) are counted by the parser alone.
        most = limits.files + limits.fields + 16
        self._parser = PartsParser(boundary_of(content_type), most)
        self._part: Optional[_Part] = None
        self._values: dict[str, str] = {}
        self._before = 0
        self.files = 0

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Take the next bytes of the body. To be consumed to its end before the next call.

        Raises:
            InvalidInput: Something in the form cannot be accepted.
        """
        try:
            for item in self._parser.feed(chunk):
                if item is None:
                    yield from self._end_part()
                elif isinstance(item, Head):
                    self._begin(item)
                else:
                    yield from self._add(item)
        except Malformed as error:
            _refuse_malformed(error)
        if self._before >= 0:
            self._before += len(chunk)
            if self._before > _MAX_PREAMBLE:
                raise InvalidInput("The body does not begin with its boundary: it is not multipart.", hint=_HOW)

    def end(self) -> None:
        """Take the end of the body.

        Raises:
            InvalidInput: It came too early, or there was no photo.
        """
        try:
            self._parser.end()
        except Malformed:
            raise InvalidInput(
                "The body ends before its final boundary: the upload is not complete.", hint="Send it again."
            ) from None
        if not self.files:
            raise InvalidInput(
                "The upload has no images.", hint=_HOW, errors=(FieldError(IMAGES, "at least one file is needed"),)
            )

    @property
    def engine(self) -> Optional[str]:
        """The engine that was named."""
        return self._values.get(ENGINE) or None

    def parameters(self) -> dict[str, object]:
        """The parameters, from form fields and from `params`.

        Raises:
            InvalidInput: `params` is not a JSON object, or names what a field names too.
        """
        fields: dict[str, object] = {
            name: value for name, value in self._values.items() if name not in (ENGINE, PARAMS)
        }
        given = parse_params(self._values[PARAMS]) if PARAMS in self._values else {}
        both = sorted(fields.keys() & given.keys())
        if both:
            _refuse_field(both[0], "is given twice: as a form field and in `params`")
        return {**fields, **given}

    def _begin(self, head: Head) -> None:
        name, filename = head
        self._part, self._before = _Part(name, filename), -1
        if name == IMAGES:
            return
        if filename is not None:
            _refuse_field(shown(name), f"is a file; files go in fields named `{IMAGES}`")
        if not name:
            _refuse_field("", "has a field without a name")
        if name in self._values:
            _refuse_field(shown(name), "is given twice")
        if len(self._values) >= self._limits.fields:
            raise TooLarge(f"The form has more than {self._limits.fields} fields.", hint="Use one JSON field `params`.")

    def _add(self, data: memoryview) -> Iterator[Event]:
        part = self._open_part()
        part.size += len(data)
        if part.name == IMAGES:
            if part.size == len(data):
                yield self._start_file(part)
            if part.size > self._limits.file_bytes:
                name = self._name_of(part)
                problem = f"is larger than {self._limits.file_bytes:,} bytes"
                raise TooLarge(f"{name!r} {problem}.", hint="Scale it down.", errors=(FieldError(name, problem),))
            yield FileData(data)
        elif part.size > self._limits.field_bytes:
            problem = f"is longer than {self._limits.field_bytes:,} bytes"
            name = shown(part.name)
            raise TooLarge(f"The form field {name!r} {problem}.", errors=(FieldError(name, problem),))
        else:
            part.text += data

    def _start_file(self, part: _Part) -> FileStarted:
        self.files += 1
        if self.files > self._limits.files:
            problem = f"there are more than {self._limits.files} files"
            raise TooLarge(
                f"The upload has more than {self._limits.files} images.",
                hint="Send fewer.",
                errors=(FieldError(IMAGES, problem),),
            )
        return FileStarted(self._name_of(part))

    def _end_part(self) -> Iterator[Event]:
        part, self._part = self._open_part(), None
        if part.name != IMAGES:
            try:
                self._values[part.name] = part.text.decode()
            except UnicodeDecodeError:
                _refuse_field(shown(part.name), "is not UTF-8 text")
        elif part.size:
            yield FileEnded()
        elif part.filename != "":
            # A browser sends a nameless empty file for a file input that was left empty; this one was meant.
            self.files += 1
            _refuse_field(self._name_of(part), "is empty")

    def _open_part(self) -> _Part:
        if self._part is None:
            raise InvalidInput("The body is not well-formed multipart.", hint=_HOW)
        return self._part

    def _name_of(self, part: _Part) -> str:
        return shown(re.split(r"[\\/]", part.filename or "")[-1]) or f"image {self.files}"


def boundary_of(content_type: str) -> str:
    """The boundary in a `Content-Type`.

    Raises:
        UnsupportedBody: It is not that of a multipart form.
    """
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        named = f"is {shown(kind)!r}" if kind else "has no type"
        raise UnsupportedBody(f"The body {named}, not multipart/form-data.", hint=_HOW)
    boundary = options.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise UnsupportedBody(
            "The Content-Type names no usable boundary.", hint="Leave the header to your HTTP client."
        )
    return str(boundary)


def parse_params(text: str) -> dict[str, object]:
    """Read the JSON field `params`.

    Raises:
        InvalidInput: It is not a JSON object.
    """
    try:
        value = json.loads(text, parse_constant=_not_json)
        # A number can be too large to be written again.
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        _refuse_field(PARAMS, 'is not valid JSON; send an object such as {"seed": 1}')
    if not isinstance(value, dict):
        _refuse_field(PARAMS, 'is not a JSON object; send one such as {"seed": 1}')
    return value


def shown(text: str) -> str:
    """Text from a client, fit to be shown and logged: printable, and not long."""
    text = text[:200]
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return text.strip()


def _not_json(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse_field(field: str, problem: str) -> NoReturn:
    raise InvalidInput(
        f"{field!r} {problem}." if field else f"The form {problem}.", hint=_HOW, errors=(FieldError(field, problem),)
    )


def _refuse_malformed(error: Malformed) -> NoReturn:
    if isinstance(error, TooMuch):
        raise TooLarge(f"The form has too many or too large parts: {error}.", hint=_HOW) from None
    raise InvalidInput(f"The body is not well-formed multipart: {error}.", hint=_HOW) from None
