"""Images, good and hostile, made by code."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def encoded(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    """An image with something in it, as `kind`."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def rotated_jpeg() -> bytes:
    """A JPEG that asks to be turned by 90 degrees."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded("JPEG", exif=exif)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred KB at most that unpacks to `width * height` gray pixels."""
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    data = b"".join(packer.compress(row) for _ in range(min(height, 2000))) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def damaged_png() -> bytes:
    """A PNG whose pixels do not have the checksum that it claims."""
    whole = bytearray(encoded("PNG"))
    at = whole.index(b"IDAT") + 12
    whole[at] ^= 0xFF
    return bytes(whole)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'

REFUSED: dict[str, tuple[bytes, str]] = {
    "empty.jpg": (b"", "is empty"),
    "text.jpg": (b"certainly not a photo\n" * 20, "is not an image of a kind"),
    "truncated.jpg": (encoded("JPEG", (640, 480), quality=95)[:-2000], "cannot be decoded"),
    "stub.jpg": (encoded("JPEG")[:40], "cannot be decoded"),
    "truncated.png": (encoded("PNG", (640, 480))[:-100], "cannot be decoded"),
    "damaged.png": (damaged_png(), "cannot be decoded"),
    "bomb.png": (png_bomb(30000, 30000), "has 30000 x 30000 pixels"),
    "picture.gif": (encoded("GIF", mode="P"), "is not an image of a kind"),
    "picture.svg": (SVG, "is not an image of a kind"),
}
"""Files by name, with a part of what is said about each."""

ACCEPTED: dict[str, tuple[bytes, str]] = {
    "photo.jpg": (encoded("JPEG"), "image/jpeg"),
    "progressive.jpg": (encoded("JPEG", progressive=True), "image/jpeg"),
    "rotated.jpg": (rotated_jpeg(), "image/jpeg"),
    "wrong-name.png": (encoded("JPEG"), "image/jpeg"),
    "picture.png": (encoded("PNG", mode="RGBA"), "image/png"),
    "picture.webp": (encoded("WEBP"), "image/webp"),
    "picture.tiff": (encoded("TIFF"), "image/tiff"),
    "pair.mpo": (encoded("MPO"), "image/jpeg"),
}
"""Files by name, with what each is."""
