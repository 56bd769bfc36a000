"""What people and programs ask for in a few words: queries, parameters of engines, ideas, targets of tunnels."""

import json
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from urllib.parse import parse_qsl

from pydantic import BaseModel

from actors.generators.template.understand import understand
from actors.jobs.engines.table import make_engines, parse_parameters
from actors.processes.tree import open_tree
from actors.projects.egress.names import canonical_host
from actors.projects.egress.requests import Refused, read_target
from actors.projects.packages.node import read_version
from actors.runtime.errors import InvalidInput
from app.contracts.projects.models import ProjectsQuery
from app.contracts.projects.shapes import DiffQuery, FilesQuery, LogQuery, VersionsQuery
from app.contracts.runs import EndQuery, RunsQuery
from app.contracts.streams.models import EventsQuery
from app.openapi import read_query
from client.commands.selftest import parse_listen
from client.errors import LocalProblem
from tests.fuzz.targets.inputs import Target, check_refusal, text

_QUERIES: tuple[type[BaseModel], ...] = (
    *(RunsQuery, EndQuery, ProjectsQuery, DiffQuery, FilesQuery, LogQuery, VersionsQuery, EventsQuery),
)
_ENGINES = make_engines(partial(open_tree, data_id="fuzz"))


def query(data: bytes) -> None:
    """A query that is taken has its numbers in their bounds; one that is not is refused field by field, in JSON."""
    values = dict(parse_qsl(text(data), keep_blank_values=True, errors="surrogateescape"))
    for model in _QUERIES:
        try:
            found = read_query(model, values)
        except InvalidInput as error:
            check_refusal(error)
            _check_fields(error, {field.alias for field in model.__fields__.values()})
            continue
        told = found.dict(by_alias=True)
        assert read_query(model, {name: str(value) for name, value in told.items() if value is not None}) == found
        assert 0 < told.get("limit", 1) <= 5000
        assert all(told[name] >= 0 for name in ("after", "before") if isinstance(told.get(name), int))


def _check_fields(error: InvalidInput, names: Collection[str]) -> None:
    """See that what is wrong is said of fields that there are, by their names, which may be cut."""
    assert error.errors
    assert {one.field for one in error.errors} <= {*names}


def parameters(data: bytes) -> None:
    """An engine's parameters are what JSON can have and a job can be started with again, or refused field by field."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        given = dict(parse_qsl(text(data), keep_blank_values=True, errors="surrogateescape"))
    if not isinstance(given, dict):
        return
    for engine in _ENGINES.values():
        try:
            found = parse_parameters(engine, given)
        except InvalidInput as error:
            check_refusal(error)
            _check_fields(error, {name[:80] for name in given})
            continue
        kept = json.loads(json.dumps(found.dict(), allow_nan=False))
        assert parse_parameters(engine, kept) == found
        # As a form has them, where one that is not there was not given.
        texts = {name: str(value) for name, value in kept.items() if value is not None}
        assert parse_parameters(engine, texts) == found


def idea(data: bytes) -> None:
    """Whatever is asked for, the template makes the same of it each time, in text that a page can have."""
    given = text(data)
    found = understand(given)
    assert found == understand(given)
    assert found.title.strip()
    assert found.title.isprintable()
    assert found.prompt.isprintable()
    assert 0 <= found.hue < 360


def tunnel(data: bytes) -> None:
    """Where a tunnel leads is written in one way; a version is three numbers; a server listens at a port."""
    given = text(data)
    with suppress(Refused):
        target = read_target(given)
        assert canonical_host(target.host) == target.host
        assert read_target(f"{target.host}:{target.port}") == target
        assert 0 < target.port < 2**16
    version = read_version(given)
    assert version is None or read_version("v{}.{}.{}".format(*version)) == version
    with suppress(LocalProblem):
        listen = parse_listen(given)
        assert listen.host
        assert 0 <= listen.port < 2**16


TARGETS = {
    "query": Target(
        query,
        (
            b"limit=5&before=7&state=queued&after=0",
            b"limit=%d9%a3&after=-1&before=1e3&cancel_only=yes",
            b"from=v1&path=%ff&after=" + b"9" * 30,
            b"limit=",
        ),
    ),
    "parameters": Target(
        parameters,
        (
            b"seed=5&steps=10&speed=0.5",
            b'{"seed": true, "speed": 1e999, "steps": "5", "x": {}}',
            b'{"steps": 1e308, "speed": NaN, "\\ud800": "\\ud800"}',
            b"speed=%d9%a3&seed=0x5&steps=1_0",
        ),
    ),
    "idea": Target(
        idea,
        (
            b'a habit tracker called "My habits" for my family, in kg and $',
            b"\xe2\x80\xae \x00 \xed\xa0\x80",
            "eine Liste für \u20ac\u2028".encode(),
            b"app " * 200,
        ),
    ),
    "tunnel": Target(
        tunnel, (b"registry.example:443", b"0x7f.1:443", b"[::1]:80", b"v22.1.0", b"127.0.0.1:3001", b"a.:1")
    ),
}
