"""The types of the page's API client, made of what the server says: `python -m tests.app.web.schema` keeps them."""

import json
import subprocess
import tempfile
from pathlib import Path

import httpx
import trio

from app.main import open_server
from app.settings import Settings

PAGE = Path(__file__).parents[3] / "app" / "web"
KEPT = PAGE / "src" / "api" / "schema.ts"
RENAMED = {
    "Request Entity Too Large": "Content Too Large",
    "Requested Range Not Satisfiable": "Range Not Satisfiable",
    "Unprocessable Entity": "Unprocessable Content",
}
"""What Python calls some statuses, before 3.13 and since."""

GENERATOR = PAGE / "node_modules" / ".bin" / "openapi-typescript"


async def described(directory: Path) -> str:
    """Return what a server says at `/openapi.json`, as text.

    Args:
        directory: Where its data may be.
    """
    async with open_server(Settings(data_dir=directory, port=0)) as server, httpx.AsyncClient() as client:
        return json.dumps((await client.get(f"http://127.0.0.1:{server.port}/openapi.json")).json())


def types(description: str) -> str:
    """Return the TypeScript of such a description. Blocks.

    Args:
        description: JSON.
    """
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory) / "openapi.json", Path(directory) / "schema.ts"
        for old, new in RENAMED.items():
            description = description.replace(old, new)
        source.write_text(description, encoding="utf-8")
        command = [str(GENERATOR), str(source), "--output", str(target), "--alphabetize"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return target.read_text(encoding="utf-8")


def main() -> None:
    """Keep what is made of the server as it is now."""
    with tempfile.TemporaryDirectory() as directory:
        KEPT.write_text(types(trio.run(described, Path(directory))), encoding="utf-8")


if __name__ == "__main__":
    main()
