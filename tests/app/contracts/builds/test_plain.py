"""Bodies that are read in one look: never otherwise than the model reads them, and never one that is wrong."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.builds.base import BuildRequest
from actors.runtime.errors import InvalidInput
from app.contracts.bodies import fit
from app.contracts.builds.body import read_build, read_plain
from app.contracts.builds.models import PROMPT_BYTES, BuildBody

BODY: dict[str, Any] = {"runId": "run-7", "prompt": "a shop", "workspaceId": "ws-7", "assignedPort": 5001}

TEXTS = st.one_of(
    st.sampled_from(["run-7", "job-1", "project-", ".", "..", "...", "a b", "a\n", "", " ", "x" * 128, "x" * 129]),
    st.text(max_size=5),
    st.sampled_from(["\0", "\u00e9", "\ud800", "\x1c", "x" * PROMPT_BYTES, "x" * (PROMPT_BYTES + 1)]),
)
NUMBERS = st.one_of(st.sampled_from([0, 1, 65535, 65536, True, False, 5000.0, 5000.5, -1, 10**400]), st.integers())
VALUES: st.SearchStrategy[Any] = st.one_of(TEXTS, NUMBERS, st.none(), st.just([]), st.just({}))
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "runId": VALUES,
        "prompt": VALUES,
        "workspaceId": VALUES,
        "workspacePath": st.one_of(st.none(), st.just("/srv/x"), VALUES),
        "assignedPort": VALUES,
        "run_id": VALUES,
        "more": VALUES,
    },
)


class Asked:
    """A request with a body."""

    mimetype = "application/json"

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        """All of it."""
        return self._body


@given(st.one_of(BODIES, BODIES.map(lambda values: {**BODY, **values})))
@example(BODY)
@example({**BODY, "assignedPort": None})
def test_what_is_read_the_model_reads_in_the_same_way(values: dict[str, Any]) -> None:
    """And its prompt is not too long, which is not the model's to see."""
    plain = read_plain(values)
    if plain is None:
        return
    assert fit(BuildBody, values, "").as_request() == plain
    assert len(plain.prompt.encode()) <= PROMPT_BYTES


@pytest.mark.parametrize("left_out", ["", "assignedPort"])
def test_what_most_send_is_read_in_one_look(left_out: str) -> None:
    """Or it would be of no use."""
    body = {name: value for name, value in BODY.items() if name != left_out}
    assert read_plain(body) == BuildRequest("run-7", "a shop", "ws-7", None, body.get("assignedPort"))


async def test_the_others_are_left_to_the_model() -> None:
    """Those that are right, and those that are not."""
    umlaut = {**BODY, "prompt": "ein L\u00e4dchen", "workspacePath": "/srv/x"}
    request = await read_build(Asked(json.dumps(umlaut).encode()))
    assert (request.prompt, request.workspace_path) == ("ein L\u00e4dchen", "/srv/x")
    with pytest.raises(InvalidInput, match="runId must not begin with"):
        await read_build(Asked(json.dumps({**BODY, "runId": "job-1"}).encode()))
