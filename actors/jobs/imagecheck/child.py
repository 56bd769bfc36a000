"""The program that decodes images whose senders nobody knows. Runs by itself, as `python -I child.py`.

One JSON line in on stdin (`{"paths": [...], "max_pixels": ...}`), for each path one JSON line out on stdout: `{"ok":
true, "media_type": ..., "width": ..., "height": ...}` or `{"ok": false, "problem": ...}`. After `TURN_SECONDS` no more
images are begun, so that those of others get their turn; `{"later": 3}` says how many are left. Whoever starts it
limits its memory and time: an image that needs more is refused by this process's end.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

# A phone's JPEG with a second picture inside is an MPO to Pillow, and a JPEG to everything else.
MEDIA_TYPES: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
}
MEMORY_EXIT: Final = 3
"""Exit code after running out of memory: what is left of the process is not to be relied on."""


TURN_SECONDS: Final = 0.1
"""For the images of one request."""


def examine(path: str, max_pixels: int) -> dict[str, Any]:
    """Decode one image, and say what it is or why it is not one.

    The size is taken from the header first, so that an image that is too large is never decoded.

    Args:
        path: The file.
        max_pixels: Width times height that are still accepted.

    Raises:
        MemoryError: It needs more than this process may have.
    """
    if Path(path).stat().st_size == 0:
        return _refusal("is empty")
    try:
        with Image.open(path, formats=[name for name in MEDIA_TYPES if name != "MPO"]) as image:
            width, height = image.size
            if width * height > max_pixels:
                return _refusal(f"has {width} x {height} pixels, more than the {max_pixels:,} that are accepted")
            media_type = MEDIA_TYPES[image.format or ""]
            image.load()
    except UnidentifiedImageError:
        return _refusal("is not an image of a kind that is accepted: JPEG, PNG, WebP or TIFF")
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise whatever a broken file makes them stumble over
        return _refusal(f"cannot be decoded, it may be incomplete or damaged: {_first_line(error)}")
    return {"ok": True, "media_type": media_type, "width": width, "height": height}


def _refusal(problem: str) -> dict[str, Any]:
    return {"ok": False, "problem": problem}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200] or type(error).__name__


def answers(paths: Sequence[str], max_pixels: int) -> Iterator[dict[str, Any]]:
    """Answer one request: the first image in any case, the others while its turn lasts.

    Raises:
        MemoryError: See `examine`.
    """
    until = time.monotonic() + TURN_SECONDS
    for number, path in enumerate(paths):
        if number and time.monotonic() > until:
            yield {"later": len(paths) - number}
            return
        yield examine(path, max_pixels)


def serve() -> int:
    """Answer requests until stdin ends.

    Returns:
        The exit code.
    """
    # A decoder in C that prints to stderr must not fill a pipe that nobody reads.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    Image.MAX_IMAGE_PIXELS = None
    for line in sys.stdin:
        try:
            # One at a time: should an image end this process, it is known which one.
            for reply in answers(**json.loads(line)):
                sys.stdout.write(json.dumps(reply) + "\n")
                sys.stdout.flush()
        except MemoryError:
            return MEMORY_EXIT
    return 0


if __name__ == "__main__":
    sys.exit(serve())
