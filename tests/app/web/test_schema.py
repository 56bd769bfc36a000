"""The page's API client knows the API as it is."""

from pathlib import Path

import pytest
import trio

from tests import needs
from tests.app.web import schema


@pytest.mark.real
async def test_types_are_those_of_the_server(tmp_path: Path) -> None:
    """A route or a field that changed is an error here; `python -m tests.app.web.schema` makes them anew."""
    needs.node()
    if not schema.GENERATOR.exists():
        needs.missing("openapi-typescript is missing: ./run page")
    made = await trio.to_thread.run_sync(schema.types, await schema.described(tmp_path / "data"))
    assert made == schema.KEPT.read_text(encoding="utf-8")
