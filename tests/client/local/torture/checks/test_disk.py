"""What belongs to nobody is found, and nothing else."""

import pytest

from client.local.torture.checks.disk import Owners, leftovers, other_photos, stray_apps, stray_staging, strays

OWNERS = Owners(
    jobs={"job-1": {"state": "running", "attempt": 2}, "job-2": {"state": "succeeded", "attempt": 1}},
    builds={"run-1": {"state": "running", "attempt": 2}, "run-2": {"state": "failed", "attempt": 1}},
    projects={"project-1": {"state": "succeeded"}, "project-2": {"state": "running"}},
    uploads={"upload-1"},
    trees={42},
    workspaces={"ws-1": {"run-1"}, "ws-2": {"run-2"}, "ws-3": {"run-1", "run-2"}},
)


def test_all_that_is_owned() -> None:
    """The server's own files, and those of what exists."""
    paths = """journal.sqlite3 journal.sqlite3-wal id lock jobs jobs/job-1 jobs/job-1/images jobs/job-1/attempt-2
    jobs/job-2/model.glb builds/run-1/attempt-1 builds/run-2/pipeline.log projects/project-1/versions
    projects/project-1/output.log.1 uploads/upload-1/upload.json uploads/upload-1/0001.json
    uploads/upload-1/0001-ab12.jpg trees/42.json packages/store/x"""
    assert strays(paths.split(), OWNERS) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("jobs/job-3", "there is no job"),
        ("jobs/job-9.partial", "there is no job"),
        ("jobs/job-1/attempt-1", "is in attempt 2"),
        ("jobs/job-2/attempt-1", "has ended (succeeded)"),
        ("jobs/job-1/.model.glb.x", "belongs to nobody"),
        ("builds/run-2/attempt-1", "has ended (failed)"),
        ("builds/run-1/attempt-3", "is in attempt 2"),
        ("builds/run-3", "there is no build"),
        ("projects/project-3", "there is no project"),
        ("projects/project-1/scratch", "belongs to nobody"),
        ("uploads/0123.partial", "no open upload"),
        ("uploads/upload-1/0002-ab12.bin", "was cut off"),
        ("uploads/upload-1/0002.json.new", "was cut off"),
        ("trees/43.json", "does not run"),
        ("core", "belongs to nobody"),
    ],
)
def test_what_belongs_to_nobody_is_found(path: str, said: str) -> None:
    """Each planted one, by its path."""
    (problem,) = strays(["id", path], OWNERS)
    assert problem.startswith(path)
    assert said in problem


def test_photos_that_are_not_there_are_found() -> None:
    """Or that are cut off, or too many: in bytes and number as the server says."""
    jobs = {"job-1": {"images": 2, "bytes": 30}, "job-2": {"images": 1, "bytes": 5}}
    assert other_photos({"job-1": [10, 20], "job-2": [5]}, jobs) == []
    found = other_photos({"job-1": [10, 19], "job-2": []}, jobs)
    assert found == [
        "job-1 has 2 photos of 29 bytes on the disk, and says that it has 2 of 30",
        "job-2 has 0 photos of 0 bytes on the disk, and says that it has 1 of 5",
    ]
    assert len(other_photos({"job-1": [10, 10, 10], "job-2": [5]}, jobs)) == 1


def test_what_is_left_among_the_apps() -> None:
    """Apps of no project, what is on its way out, and files that were never moved into their place."""
    owned = ["project-1/generated-app", "project-1/.staging", "project-2/.staging/x", "project-1/.claude-session"]
    assert stray_apps(owned, OWNERS) == []
    assert len(stray_apps(["project-3", ".removed-project-1", "project-1/x", "project-1/.staging/x"], OWNERS)) == 4


def test_what_builds_leave_half_done() -> None:
    """In a workspace where no build works any more, nothing of a swap is left."""
    assert (
        stray_staging(["ws-1/.callboard/staging-1", "ws-3/.callboard/swap.json", "ws-2/.callboard/previous"], OWNERS)
        == []
    )
    found = stray_staging(["ws-2/.callboard/staging-1", "ws-2/.callboard/swap.json", "ws-4"], OWNERS)
    assert [problem.split()[0] for problem in found] == [
        "ws-2/.callboard/staging-1",
        "ws-2/.callboard/swap.json",
        "ws-4",
    ]


def test_temporary_files_of_a_dead_server() -> None:
    """They go when the next one starts; its own may be there."""
    assert leftovers({"a", "b"}, {"b", "c"}) == ["b among the temporary files: its server died"]
