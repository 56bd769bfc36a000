"""How much memory a large upload moves: `python -m tests.bench.bench_upload [GIGABYTES]`, over loopback.

A hypercorn in a process of its own serves the upload endpoint, with children that really decode each photo; this
process sends photos of 100 MB and reads the server's resident memory from `/proc`, before, and at its peak.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from actors.jobs.imagecheck.checker import ImageChecker
from actors.jobs.imagecheck.decoder import CheckLimits, child_decoders
from app.asgi import App, Receive, Scope, Send
from app.uploads.endpoint import UploadEndpoint
from app.uploads.store import Store
from app.uploads.upload import Accepted, Upload, UploadLimits
from tests.actors.jobs.imagecheck.samples import encoded

_PHOTO: Final = 100 * 1000 * 1000
_BOUNDARY: Final = "bench"


async def _accept(upload: Upload) -> Accepted:
    return Accepted("job-bench", "queued", upload.engine or "none")


def _with_lifespan(endpoint: App) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while scope["type"] == "lifespan":
            event = (await receive())["type"]
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return
        await endpoint(scope, receive, send)

    return app


async def _serve(port: int, root: Path) -> None:
    limits = CheckLimits()
    checker = ImageChecker(child_decoders(limits, data_id="bench", cwd=root), limits)
    endpoint = UploadEndpoint(Store(root / "uploads"), checker, _accept, UploadLimits())
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = "ERROR"
    app: Any = _with_lifespan(endpoint)
    async with trio.open_nursery() as nursery:
        await nursery.start(checker.run)
        await nursery.start(partial(serve, app, config))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await trio.sleep_forever()


def _memory(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0


def _upload(port: int, photos: int) -> str:
    """Send one upload.

    Returns:
        The status line of the answer.
    """
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="images"; filename="x.jpg"\r\n\r\n'.encode()
    photo, block = encoded(), bytes(1000 * 1000)
    # A decoder stops at the end of the picture: what follows is only there to be sent.
    length = photos * (len(head) + len(photo) + _PHOTO + 2) + len(_BOUNDARY) + 6
    with socket.create_connection(("127.0.0.1", port)) as client:
        request = (
            f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n"
            f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n\r\n"
        )
        client.sendall(request.encode())
        for _ in range(photos):
            client.sendall(head + photo)
            for _ in range(_PHOTO // len(block)):
                client.sendall(block)
            client.sendall(b"\r\n")
        client.sendall(f"--{_BOUNDARY}--\r\n".encode())
        return client.recv(65536).split(b"\r\n")[0].decode()


def _measure(gigabytes: float) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="bench-upload-") as root:
        command = [sys.executable, "-m", "tests.bench.bench_upload", "serve", str(port), root]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            try:
                if server.stdout is None or server.stdout.readline() != b"ready\n":
                    raise SystemExit("the server did not start")
                _upload(port, 1)
                before = _memory(server.pid, "VmRSS")
                # 5 resets the peak.
                Path(f"/proc/{server.pid}/clear_refs").write_text("5")
                start = time.perf_counter()
                status = _upload(port, round(gigabytes * 1e9 / _PHOTO))
                took = time.perf_counter() - start
                peak = _memory(server.pid, "VmHWM")
                left = [path.name for path in (Path(root) / "uploads").iterdir()]
            finally:
                server.terminate()
        sys.stdout.write(
            f"{status}\n{gigabytes:g} GB in {took:.1f} s ({gigabytes * 1000 / took:.0f} MB/s), "
            f"{sum(os.times()[2:4]):.1f} s of the server's processor time\n"
            f"resident: {before:.1f} MB before (after an upload of 100 MB), {peak:.1f} MB at its peak "
            f"(+{peak - before:.1f} MB)\nleft on disk: {left}\n"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        trio.run(_serve, int(sys.argv[2]), Path(sys.argv[3]))
    else:
        _measure(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
