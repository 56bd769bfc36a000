"""Text from elsewhere, made safe for a terminal, and sizes and durations for people."""

import re
from pathlib import PurePosixPath, PureWindowsPath

MAX_TEXT = 2000

# Whole sequences, so that what an escape introduces goes too: OSC and its kin to their end, then CSI, then the rest.
_SEQUENCES = re.compile(
    r"(?:\x1b[\]P^_X]|[\x9d\x90\x9e\x9f\x98])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_BLANKS = re.compile(r"[\t\n\r\v\f\u2028\u2029]+")
# Controls, and the invisible characters that reorder or hide text.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

_RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))})
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')
_MAX_NAME_BYTES = 150


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` as one line without terminal control sequences.

    Args:
        text: Anything a server said.
        limit: How many characters to keep.

    Returns:
        Printable text of at most `limit` characters; cut text ends with three dots.
    """
    # Cut before and after: the first bounds the work, the second the result.
    plain = _CONTROLS.sub("", _BLANKS.sub(" ", _SEQUENCES.sub("", text[: 4 * limit])))
    return plain if len(plain) <= limit else f"{plain[: limit - 3]}..."


def safe_name(name: str, fallback: str) -> str:
    """Return a file name that stays in its folder and is valid on every platform.

    Args:
        name: What the server proposes; may be a path, a device name, or nothing.
        fallback: What to use when nothing usable is left; made safe as well.

    Returns:
        One path component: no separators, no control characters, no leading dot, at most 150 bytes.
    """
    for candidate in (name, fallback):
        last = PurePosixPath(PureWindowsPath(clean(candidate)).name).name
        plain = _NOT_IN_NAMES.sub("_", last).strip(" .")
        if plain and plain.split(".")[0].strip().upper() not in _RESERVED:
            return _shorten(plain)
    return "model.glb"


def _shorten(name: str) -> str:
    """Cut a name to what file systems take, keeping its suffix."""
    suffix = PurePosixPath(name).suffix[:16]
    stem = name[: len(name) - len(suffix)] if suffix else name
    room = _MAX_NAME_BYTES - len(suffix.encode("utf-8"))
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore") + suffix


def human_size(count: float) -> str:
    """Return a number of bytes for people, such as `1.4 MB`."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return ""


def human_duration(seconds: float) -> str:
    """Return a duration for people, such as `2 min 05 s`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
