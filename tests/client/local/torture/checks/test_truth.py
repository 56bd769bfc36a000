"""What is lost, back from the dead, never asked for or untrue is found, and nothing else."""

from client.local.torture.checks.processes import living
from client.local.torture.checks.truth import (
    Claim,
    Row,
    expiring,
    kept_too_many,
    lost,
    lost_runs,
    overcrowded,
    risen,
    unasked,
    unended,
    unsaid,
    untrue,
)
from client.local.torture.checks.uploads import lost_photos, other_job


def row(state: str, attempt: int = 1, updated: str = "", kind: str = "job") -> Row:
    """What a journal has."""
    return Row(kind, state, attempt, updated, 3)


def test_what_was_accepted_and_is_not_there() -> None:
    """It is lost, unless somebody asked for its removal, or the janitor may have taken it."""
    claims = {"job-1": Claim("job"), "job-2": Claim("job", leaving=True), "job-3": Claim("job"), "job-4": Claim("job")}
    assert lost(claims, {"job-3"}, {"job-4"}) == [
        "job-1: this job was accepted, nobody removed it, and it is not there any more"
    ]
    assert lost(claims, {"job-1", "job-3", "job-4"}) == []


def test_a_prompt_that_was_accepted_and_is_not_there() -> None:
    """The project is, and knows nothing of it."""
    claims = {"project-1": Claim("project", run=3), "project-2": Claim("project", run=1)}
    assert lost_runs(claims, {"project-1": {"run": 3}, "project-2": {"run": 2}}) == []
    assert lost_runs(claims, {"project-1": {"run": 2}}) == ["project-1: run 3 was accepted, and it is at run 2"]


def test_what_was_removed_and_is_there() -> None:
    """An answered removal is for good; one without an answer may have been done or not."""
    claims = {"job-1": Claim("job", leaving=True, gone=True), "job-2": Claim("job", leaving=True)}
    assert [problem[:5] for problem in risen(claims, {"job-1", "job-2"})] == ["job-1"]


def test_what_nobody_asked_for() -> None:
    """As many as there were requests without an answer may be there, and no more."""
    assert unasked("job", ["job-1"], 1) == []
    assert "job-1, job-2" in unasked("job", ["job-2", "job-1"], 1)[0]


def test_what_the_janitor_may_take() -> None:
    """The oldest of what has ended, where that is more than is kept once everything has ended."""
    rows = {f"job-{n}": row("succeeded", updated=f"2026-01-0{n}") for n in range(1, 5)}
    assert expiring(rows, "job", 4) == set()
    assert expiring(rows, "job", 3) == {"job-1"}
    assert expiring({**rows, "job-5": row("running")}, "job", 4) == {"job-1"}
    same = {"job-1": row("failed", updated="t"), "job-2": row("failed", updated="t")}
    assert expiring(same, "job", 1) == {"job-1", "job-2"}
    assert expiring({**rows, "run-1": row("failed", kind="build")}, "job", 4) == set()


def test_too_much_is_kept() -> None:
    """More that has ended than was configured."""
    statuses = {"job-1": {"state": "failed"}, "job-2": {"state": "succeeded"}, "job-3": {"state": "running"}}
    assert kept_too_many("job", statuses, 2) == []
    assert len(kept_too_many("job", statuses, 1)) == 1


def test_states_that_are_not_true() -> None:
    """Running in an attempt that ended with its server, another final state, an attempt that fell."""
    rows = {"job-1": row("running", 2)}
    assert untrue(rows, {"job-1": {"state": "queued", "attempt": 2}}) == []
    assert untrue(rows, {"job-1": {"state": "running", "attempt": 3}}) == []
    assert "which ended with the server" in untrue(rows, {"job-1": {"state": "running", "attempt": 2}})[0]
    assert "was in attempt 2 before" in untrue(rows, {"job-1": {"state": "queued", "attempt": 1}})[0]
    final = {"job-1": row("failed")}
    assert "final state was failed" in untrue(final, {"job-1": {"state": "queued", "attempt": 1}})[0]
    assert "final state was failed" in untrue(final, {"job-1": {"state": "succeeded", "attempt": 1}})[0]
    assert untrue(final, {"job-1": {"state": "failed", "attempt": 1}, "job-9": {"state": "queued"}}) == []


def test_a_final_state_that_was_told_is_another_now() -> None:
    """Somebody had it in an answer."""
    claims = {"job-1": Claim("job", final="cancelled"), "job-2": Claim("job")}
    assert unsaid(claims, {"job-1": {"state": "cancelled"}, "job-2": {"state": "running"}}) == []
    assert "told to be cancelled, and now it is running" in unsaid(claims, {"job-1": {"state": "running"}})[0]


def test_more_run_than_may() -> None:
    """They are named."""
    statuses = {"job-1": {"state": "running"}, "job-2": {"state": "running"}}
    assert overcrowded("job", statuses, 2) == []
    assert overcrowded("job", statuses, 1) == ["job-1, job-2: 2 of kind job run, and 1 may"]


def test_what_never_ends() -> None:
    """At the end, nothing may wait or run."""
    assert unended({"job-1": {"state": "interrupted"}}) == []
    assert "job-1: it is still running" in unended({"job-1": {"state": "running", "attempt": 1}})[0]


def test_a_process_that_lives_on() -> None:
    """By its pid, with what it was started as."""
    assert living({(7, 1): "sleep 9"}, [], 3.0) == []
    assert living({(7, 1): "sleep 9"}, [(7, 1)], 3.04) == [
        "process 7 (sleep 9) still runs 3.0 s after its server's death"
    ]


def test_photos_that_are_lost() -> None:
    """Each that was accepted is there under its number, as it was sent last; what got no answer may be either."""
    answer = {"files": [{"number": 1, "name": "a"}, {"number": 2, "name": "x"}]}
    assert lost_photos("upload-1", {1: "a", 2: "b"}, {2}, answer) == []
    assert "photo 3 was accepted, and is not there" in lost_photos("upload-1", {1: "a", 3: "c"}, {2}, answer)[0]
    assert "photo 2 is x, and b was" in lost_photos("upload-1", {1: "a", 2: "b"}, (), answer)[0]
    assert "photo 2 is there, and nobody sent it" in lost_photos("upload-1", {1: "a"}, (), answer)[0]


def test_an_upload_that_became_two_jobs() -> None:
    """Finishing it again has to give the same one."""
    assert other_job("upload-1", "job-1", "job-1") == other_job("upload-1", None, "job-1") == []
    assert "had become job-1" in other_job("upload-1", "job-1", "job-2")[0]
