"""A built page that is not ours: a folder as `npm run build` leaves it."""

import gzip
from pathlib import Path

INDEX = b'<!doctype html><title>A page</title><script type="module" src="/assets/page/main-1a2b.js"></script>'
SCRIPT = b"document.title = 'It runs';\n" * 100
BROTLI = b"what only a browser can read"


def build(folder: Path) -> Path:
    """Put a page there, with a script in three forms, and with what is not to be served."""
    files = folder / "assets" / "page"
    files.mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (files / "main-1a2b.js").write_bytes(SCRIPT)
    (files / "main-1a2b.js.br").write_bytes(BROTLI)
    (files / "main-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (files / "look-3c4d.css").write_bytes(b"body { margin: 0 }")
    (files / "font-5e6f.woff2").write_bytes(b"wOF2")
    (files / "tool.py").write_bytes(b"print()")
    (files / "deeper").mkdir()
    (files / "deeper" / "inner.js").write_bytes(b"1")
    (folder / "secret.js").write_bytes(b"2")
    (files / "link.js").symlink_to(folder / "secret.js")
    (files / "alone.js.br").write_bytes(b"3")
    return folder
