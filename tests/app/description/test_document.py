"""The whole document: links lead to operations, it says which bodies may be missing, and errors are problems."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.app.served import serving

pytestmark = pytest.mark.real


async def test_the_document(tmp_path: Path) -> None:
    """As a server says it."""
    async with serving(tmp_path) as (_, client):
        document: dict[str, Any] = (await client.get("/openapi.json")).json()
    operations = {one["operationId"]: one for item in document["paths"].values() for one in item.values()}
    assert len(operations) == sum(map(len, document["paths"].values()))
    for one in operations.values():
        for status, answer in one["responses"].items():
            assert set(answer.get("links", ())) <= set(operations)
            kinds = set(answer.get("content", ()))
            assert int(status) < 400 or kinds == {"application/problem+json"} or one["operationId"] == "ready"
    optional = {name for name, one in operations.items() if one.get("requestBody", {}).get("required") is False}
    assert {"retry_job", "finish_upload", "share_job", "continue_project", "fork_project", "call_tool"} <= optional
    assert not {"upload", "send_photo", "start_build", "generate", "send_message"} & optional
    shapes = document["components"]["schemas"].values()
    patterns = [one["pattern"] for shape in shapes for one in shape["properties"].values() if "pattern" in one]
    assert len(patterns) > 3
    for pattern in patterns:
        re.compile(pattern)
