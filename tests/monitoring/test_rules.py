"""Each alert, with the durations as they are: `promtool` plays series that were made up, minute by minute."""

import json
from pathlib import Path

import pytest

from tests.monitoring.files import FOLDER, NAMES
from tests.monitoring.prometheus import promtool

Series = dict[str, str]

_A = 'instance="a"'
_JOB = f'{_A},job="callboard"'


def _share(part: str, whole: str, labels: str = _A) -> Series:
    """A share that rises from nothing to 95 in 100 after two minutes."""
    return {f"{part}{{{labels}}}": "0+0x4 95+0x60", f"{whole}{{{labels}}}": "100+0x64"}


def _buckets(name: str, quick: str, slow: str) -> Series:
    """A histogram of what takes less than half a second, and of what takes more."""
    return {
        **{f'{name}_bucket{{{_A},le="{le}"}}': quick for le in ("0.25", "0.5")},
        **{f'{name}_bucket{{{_A},le="{le}"}}': slow for le in ("1.0", "+Inf")},
    }


CASES: dict[str, tuple[Series, int, int]] = {
    "CallboardDown": ({f"up{{{_JOB}}}": "1+0x4 0+0x20"}, 3, 5),
    "CallboardRestarted": ({f"process_start_time_seconds{{{_JOB}}}": "100+0x4 200+0x60"}, 2, 3),
    "CallboardNotReady": ({f"callboard_ready{{{_A}}}": "1+0x4 0+0x20"}, 4, 6),
    "CallboardJournalFailing": ({f"callboard_journal_commit_failures_total{{{_A}}}": "0+0x10 1+0x10"}, 5, 6),
    "CallboardJournalSlow": (
        _buckets("callboard_journal_commit_duration_seconds", "0+10x20 200+0x40", "0+10x60"),
        12,
        20,
    ),
    "CallboardDiskLow": (
        {f"callboard_disk_free_bytes{{{_A}}}": "50+0x4 5+0x60", f"callboard_disk_size_bytes{{{_A}}}": "100+0x64"},
        6,
        9,
    ),
    "CallboardQueueFull": (_share("callboard_queue_length", "callboard_queue_limit", f'{_A},kind="job"'), 6, 9),
    "CallboardQueueSlow": ({f'callboard_queue_longest_wait_seconds{{{_A},kind="job"}}': "0+30x60"}, 15, 16),
    "CallboardConnectionsNearLimit": (_share("callboard_connections", "callboard_connections_limit"), 4, 6),
    "CallboardFilesNearLimit": (_share("process_open_fds", "process_max_fds", _JOB), 4, 6),
    "CallboardProcessesNearLimit": (_share("callboard_threads_used", "callboard_threads_limit"), 4, 6),
    "CallboardLoopHeldUp": ({f"callboard_event_loop_delay_seconds_sum{{{_A}}}": "0+0.1x20 2+6x40"}, 12, 18),
    "CallboardErrors": (
        {
            f'callboard_http_requests_total{{{_A},status="5xx"}}': "0+0x20 0+10x40",
            f'callboard_http_requests_total{{{_A},status="2xx"}}': "0+100x60",
        },
        15,
        22,
    ),
    "CallboardSubscribersLetGo": (
        {f'callboard_subscribers_let_go_total{{{_A},reason="slow"}}': "0+0x20 0+1x40"},
        10,
        16,
    ),
    "CallboardOutboxOld": ({f"callboard_outbox_oldest_seconds{{{_A}}}": "0+30x60"}, 10, 11),
    "CallboardOutboxGivesUp": (
        {f'callboard_outbox_settled_total{{{_A},outcome="refused"}}': "0+0x20 1+0x40"},
        10,
        11,
    ),
    "CallboardActorsRestarted": (
        {f'callboard_supervisor_restarts_total{{{_A},supervisor="jobs"}}': "0+0x30 1+0x40"},
        14,
        16,
    ),
}
"""Series with a value each half minute; a minute at which the alert is quiet, and one at which it fires."""


def plays(folder: Path, name: str, series: Series, moments: "dict[int, bool]") -> str:
    """What `promtool` says against this; nothing when each moment is as it should be."""
    count = f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'
    firing = [{"labels": "{}", "value": 1}]
    test = {
        "interval": "30s",
        "input_series": [{"series": labels, "values": values} for labels, values in series.items()],
        "promql_expr_test": [
            {"expr": count, "eval_time": f"{minute}m", "exp_samples": firing if fires else []}
            for minute, fires in moments.items()
        ],
    }
    file = folder / "test.yml"  # JSON is YAML
    whole = {"rule_files": [str(FOLDER / "alerts.yml")], "evaluation_interval": "30s", "tests": [test]}
    file.write_text(json.dumps(whole), encoding="utf-8")
    done = promtool("test", "rules", file.name, folder=folder)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.real
@pytest.mark.parametrize("name", NAMES)
def test_each_alert_fires_after_its_time(name: str, tmp_path: Path) -> None:
    """And not before."""
    series, quiet, fires = CASES[name]
    assert plays(tmp_path, name, series, {1: False, quiet: False, fires: True}) == ""


@pytest.mark.real
def test_what_a_start_has_to_restart_counts(tmp_path: Path) -> None:
    """Although a counter that begins with 1 has no increase; for ten minutes."""
    series = {f'callboard_supervisor_restarts_total{{{_A},supervisor="jobs"}}': "1+0x60"}
    assert plays(tmp_path, "CallboardActorsRestarted", series, {1: True, 9: True, 12: False}) == ""


@pytest.mark.real
def test_a_queue_that_may_hold_nothing_is_not_full(tmp_path: Path) -> None:
    """Nothing divided by nothing is no alert."""
    labels = f'{_A},kind="job"'
    series = {f"callboard_queue_length{{{labels}}}": "0+0x60", f"callboard_queue_limit{{{labels}}}": "0+0x60"}
    assert plays(tmp_path, "CallboardQueueFull", series, {20: False}) == ""


def test_there_is_a_case_for_each_alert() -> None:
    """And none for one that there is not."""
    assert sorted(CASES) == sorted(NAMES)
