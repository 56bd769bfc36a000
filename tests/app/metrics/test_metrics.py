"""What a scrape says: each metric of the table, in a format that others read, with labels from closed sets."""

import re
from pathlib import Path

import httpx
import pytest
import trio
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from actors.runtime.figures import Histogram
from app.front.figures import CLASSES, REASONS, Lag, lags_of
from app.metrics.families import Families
from app.metrics.loop import STEP, LoopDelay
from app.metrics.table import LABELS, SPECS
from tests.app.served import ended, serving, upload


def values(text: str) -> "dict[str, float]":
    """Each sample by its name and labels, as they are written."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def scraped(client: httpx.AsyncClient) -> "dict[str, float]":
    """What the server says now."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    return values(answer.text)


@pytest.mark.real
async def test_a_job_shows(tmp_path: Path) -> None:
    """In the figures of the runs, the journal, the uploads, the requests and the streams."""
    async with serving(tmp_path) as (_, client):
        before = await scraped(client)
        await ended(client, await upload(client))
        after = await scraped(client)
    grown = {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}
    assert grown["callboard_runs_ended_total{kind=job,state=succeeded}"] == 1
    assert grown["callboard_actors{kind=job,state=succeeded}"] == 1
    assert grown["callboard_queue_wait_seconds_count{kind=job}"] == 1
    assert grown["callboard_http_requests_total{method=POST,route=/upload,status=2xx}"] == 1
    assert grown["callboard_http_request_duration_seconds_count{method=POST,route=/upload}"] == 1
    assert grown["callboard_http_requests_total{method=GET,route=/events/{id},status=2xx}"] == 1
    assert grown["callboard_journal_events_total"] > 2
    assert grown["callboard_journal_commit_duration_seconds_count"] >= 2
    assert grown["callboard_upload_bytes_total"] > 10_000
    assert after["callboard_ready"] == 1
    assert after["callboard_connections"] >= 1
    assert after["callboard_disk_free_bytes"] <= after["callboard_disk_size_bytes"]
    assert after["process_open_fds"] > 0


@pytest.mark.real
async def test_each_metric_of_the_table_is_told_and_no_other(tmp_path: Path) -> None:
    """With its type and its labels; beside them, what prometheus-client says of the process."""
    async with serving(tmp_path) as (_, client):
        await client.get("/health")
        text = (await client.get("/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    own = {name for name in families if name.startswith("callboard_")}
    assert own == {spec.name for spec in SPECS}
    for spec in SPECS:
        family = families[spec.name]
        assert family.type == spec.kind
        assert family.documentation == spec.words
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(spec.labels), sample
    assert {re.sub("_.*", "", name) for name in families if name not in own} == {"process", "python"}
    assert "callboard_ready" not in {metric.name for metric in REGISTRY.collect()}


@pytest.mark.real
async def test_hostile_paths_make_no_series(tmp_path: Path) -> None:
    """A thousand addresses that there are not are one route, whatever the methods."""
    async with serving(tmp_path) as (_, client):
        await client.request("HACK", "/x")
        await client.get("/nothing")
        await scraped(client)
        before = await scraped(client)
        for number in range(100):
            await client.get(f"/nothing/{number}?{number}={number}")
            await client.get(f"/jobs/{number}")
            await client.request(f"HACK{number}", f"/{number}")
        after = await scraped(client)
    added = {name for name in after if name not in before and "_http_" in name}
    assert {re.findall("route=(.*?)(?:,|}$)", name)[0] for name in added} == {"/jobs/{id}"}
    grown = "callboard_http_requests_total{method=GET,route=other,status=4xx}"
    assert after[grown] - before[grown] == 100


@pytest.mark.real
async def test_it_is_told_while_the_journal_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what only the journal knows; and that the server is not ready."""
    async with serving(tmp_path) as (server, client):
        monkeypatch.setattr(server.services.journal, "_reader", None)
        server.services.journal.trouble = "It is not open."
        found = await scraped(client)
        monkeypatch.undo()
        server.services.journal.trouble = ""
    assert found["callboard_ready"] == 0
    assert not any(name.startswith(("callboard_actors", "callboard_outbox_oldest")) for name in found)
    assert found["callboard_outbox_messages"] == 0


@pytest.mark.real
async def test_live_looks_at_nothing(tmp_path: Path) -> None:
    """Not at the journal, whose trouble is no reason to end a server that may get over it."""
    async with serving(tmp_path) as (server, client):
        server.services.journal.trouble = "It is not open."
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
        server.services.journal.trouble = ""
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert ready.status_code == 503


def test_each_label_is_described() -> None:
    """In the words that the reference has, and none besides."""
    assert {label for spec in SPECS for label in spec.labels} == set(LABELS)


def test_names_have_their_units() -> None:
    """Base units, at the end of the name; what grows is a counter, and its name says no `total` twice."""
    for spec in SPECS:
        assert re.fullmatch("callboard_[a-z_]+", spec.name)
        assert not spec.name.endswith(("_total", "_count", "_sum", "_ms", "_milliseconds", "_kilobytes"))


def test_buckets_are_cumulative() -> None:
    """As the format has them, up to all."""
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.5, 1.6, 9.0):
        histogram.observe(value)
    families = Families()
    families.observe("callboard_event_delay_seconds", histogram)
    samples = next(family for family in families if family.name == "callboard_event_delay_seconds").samples
    assert [(sample.name[30:], sample.labels.get("le"), sample.value) for sample in samples] == [
        ("bucket", "1.0", 1),
        ("bucket", "2.0", 3),
        ("bucket", "+Inf", 4),
        ("count", None, 4),
        ("sum", None, 12.6),
    ]


def test_what_the_table_does_not_have_cannot_be_told() -> None:
    """Nor with other labels than it says, nor as something else than it is."""
    families = Families()
    with pytest.raises(KeyError):
        families.add("callboard_surprise", 1)
    with pytest.raises(TypeError):
        families.add("callboard_ready", 1, "label")
    with pytest.raises(TypeError):
        families.add("callboard_event_delay_seconds", 1)
    with pytest.raises(TypeError):
        families.observe("callboard_ready", Histogram())


def test_lags_by_class() -> None:
    """How many, and how far the last one is behind; each class is there."""
    lags = lags_of([("live", 0), ("reading", 3), ("reading", 9)])
    assert tuple(lags) == CLASSES
    assert lags == {"live": Lag(1, 0), "reading": Lag(2, 9), "blocked": Lag()}
    assert len(REASONS) == len(set(REASONS))


async def test_the_loop_s_delay(autojump_clock: trio.testing.MockClock) -> None:
    """Once each step; a loop that nothing holds up is not late."""
    delay = LoopDelay()
    async with trio.open_nursery() as nursery:
        await nursery.start(delay.run)
        await trio.sleep(4.5 * STEP)  # on a clock that jumps
        nursery.cancel_scope.cancel()
    assert delay.delays.counts[0] == sum(delay.delays.counts) == 4
