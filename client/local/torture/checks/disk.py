"""Who owns what is on the disk: every file and directory belongs to something that exists, or it is a violation."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from client.events import is_final

ROOT = frozenset(
    {
        "journal.sqlite3",
        "journal.sqlite3-wal",
        "journal.sqlite3-shm",
        "journal.sqlite3.in-use",
        "journal.last-good.sqlite3",
        "id",
        "lock",
        "share.key",
        "jobs",
        "builds",
        "projects",
        "packages",
        "uploads",
        "trees",
        "claude",
    }
)
"""What belongs to the server itself, or holds what belongs to somebody."""

_ATTEMPT = re.compile(r"attempt-([0-9]+)")
_OUTPUT = re.compile(r"output\.log.*")
_PHOTO = re.compile(r"[0-9]{4,}(-[0-9A-Za-z_-]+)?\.(json|jpg|png|webp|tif)|upload\.json")
_BOARD = re.compile(r"(?:staging-|outgoing-|trash-).*|swap\.json|.*\.new")
_OWN = frozenset({"versions", "prompts", "sockets"})
_APP = frozenset({"generated-app", ".claude-session", ".staging"})


@dataclass(frozen=True)
class Owners:
    """Who exists.

    Attributes:
        jobs: The jobs' statuses, by id.
        builds: The builds'.
        projects: The projects'.
        uploads: The ids of the open uploads, and of those that have become jobs and are remembered.
        trees: The reapers that run, by pid.
        workspaces: The builds of each workspace, by its name; a workspace stays when its builds are removed.
    """

    jobs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    builds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    projects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    uploads: Collection[str] = ()
    trees: Collection[int] = ()
    workspaces: Mapping[str, Collection[str]] = field(default_factory=dict)


def strays(paths: Iterable[str], owners: Owners) -> list[str]:
    """Find what in a data directory belongs to nobody.

    Args:
        paths: All that is in it, three levels deep, relative to it.
        owners: Who exists.
    """
    found = [(path, _problem(path.split("/"), owners)) for path in paths]
    return [f"{path} in the data directory: {problem}" for path, problem in found if problem]


def _problem(parts: list[str], owners: Owners) -> str:
    """Say why nobody owns a path; empty when somebody does."""
    top, *rest = parts
    if top not in ROOT:
        return "it belongs to nobody"
    kinds = {
        "jobs": (owners.jobs, _of_job),
        "builds": (owners.builds, _of_build),
        "projects": (owners.projects, _of_project),
    }
    if top in kinds and rest:
        statuses, judge = kinds[top]
        if rest[0] not in statuses:
            return f"there is no {top[:-1]} of that name"
        return judge(rest[1], statuses[rest[0]]) if len(rest) == 2 else ""
    if top == "uploads" and rest:
        return _of_upload(rest, owners)
    if top == "trees" and rest:
        return "" if _pid(rest[0]) in owners.trees else "its tree does not run"
    return ""


def _of_job(name: str, status: Mapping[str, Any]) -> str:
    if name in {"images", "model.glb"}:
        return ""
    return _of_attempt(name, status, exact=True)


def _of_build(name: str, status: Mapping[str, Any]) -> str:
    # A build goes on from what an earlier attempt's pipeline has made.
    return "" if name == "pipeline.log" else _of_attempt(name, status, exact=False)


def _of_attempt(name: str, status: Mapping[str, Any], *, exact: bool) -> str:
    match = _ATTEMPT.fullmatch(name)
    if match is None:
        return "it belongs to nobody"
    number, attempt = int(match.group(1)), int(status.get("attempt") or 0)
    if is_final(status.get("state")):
        return f"its owner has ended ({status.get('state')})"
    if number > attempt or (exact and number != attempt):
        return f"its owner is in attempt {attempt}"
    return ""


def _of_project(name: str, status: Mapping[str, Any]) -> str:
    return "" if name in _OWN or _OUTPUT.fullmatch(name) else "it belongs to nobody"


def _of_upload(rest: list[str], owners: Owners) -> str:
    if rest[0] not in owners.uploads:
        return "there is no open upload of that name"
    return "" if len(rest) == 1 or _PHOTO.fullmatch(rest[1]) else "it was cut off, and belongs to nobody"


def _pid(name: str) -> Optional[int]:
    stem = name.partition(".")[0]
    return int(stem) if stem.isdecimal() else None


def other_photos(photos: Mapping[str, list[int]], jobs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Find jobs whose photos on the disk are not as many, or not as large, as the server says.

    Args:
        photos: The bytes of each photo that is there, by job.
        jobs: The jobs' statuses, by id.
    """
    found = []
    for job, status in jobs.items():
        there, said = photos.get(job, []), (status["images"], status["bytes"])
        if (len(there), sum(there)) != said:
            found.append(
                f"{job} has {len(there)} photos of {sum(there)} bytes on the disk, and says that it has "
                f"{said[0]} of {said[1]}"
            )
    return found


def stray_apps(paths: Iterable[str], owners: Owners) -> list[str]:
    """Find what in the directory of all projects' apps belongs to nobody.

    Args:
        paths: All that is in it, three levels deep, relative to it.
        owners: Who exists.
    """
    found = []
    for path in paths:
        project, *rest = path.split("/")
        if project not in owners.projects:
            found.append(f"{path} among the apps: there is no project of that name")
        elif rest and rest[0] not in _APP:
            found.append(f"{path} among the apps: it belongs to nobody")
        elif len(rest) == 2 and rest[0] == ".staging" and is_final(owners.projects[project].get("state")):
            found.append(f"{path} among the apps: a file that was never moved into its place")
    return found


def stray_staging(paths: Iterable[str], owners: Owners) -> list[str]:
    """Find what builds have left half done in workspaces in which none works any more.

    Args:
        paths: All that is in the directory of all workspaces, three levels deep, relative to it.
        owners: Who exists.
    """
    found = []
    for path in paths:
        workspace, *rest = path.split("/")
        builds = [owners.builds[run] for run in owners.workspaces.get(workspace, ()) if run in owners.builds]
        idle = bool(builds) and all(is_final(build.get("state")) for build in builds)
        if workspace not in owners.workspaces:
            found.append(f"{path} among the workspaces: no build asked for it")
        elif idle and len(rest) == 2 and rest[0] == ".callboard" and _BOARD.fullmatch(rest[1]):
            found.append(f"{path} among the workspaces: left by a build that has ended")
    return found


def leftovers(before: Collection[str], now: Collection[str]) -> list[str]:
    """Find temporary files of a server that died, which the next one has not removed.

    Args:
        before: The names in the directory for temporary files when it died.
        now: Those that are there.
    """
    return [f"{name} among the temporary files: its server died" for name in sorted(set(before) & set(now))]
