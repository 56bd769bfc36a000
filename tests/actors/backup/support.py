"""A data directory as a server leaves it, without a server."""

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from actors.backup.known import Roots
from actors.backup.making import Made, make_backup
from actors.backup.restoring import Restored, restore_backup
from actors.datadir import DataDir, open_data_dir
from actors.journal import sqlite
from actors.journal.base import Change, Remove, Write
from actors.runtime.mailbox import Reply
from tests.actors.journal.support import created, log

JOBS = ("job-a", "job-b", "job-c")
PROJECT = "project-1"
BUILD = "run-7"


@dataclass
class Place:
    """A data directory, with the roots of its apps."""

    data: DataDir
    roots: Roots

    def backup(self, target: Path) -> Made:
        """Make a backup of it."""
        return make_backup(self.data, self.roots, target, "1.2.3", lambda _: None)

    def restore(self, source: Path) -> Restored:
        """Put one back into it."""
        return restore_backup(source, self.data, self.roots, lambda _: None)

    def content(self) -> dict[str, bytes]:
        """All of the files that a backup is to have, but for the journal."""
        found = {}
        for root in (self.data.root, self.roots.projects, self.roots.workspaces):
            for path in root.rglob("*"):
                name = str(path.relative_to(root))
                if path.is_file() and not name.startswith(("journal", "id", "lock")):
                    found[f"{root.name}/{name}"] = path.read_bytes()
        return found


def place(folder: Path) -> Place:
    """Name the places, without making any."""
    return Place(DataDir(folder / "data"), Roots(folder / "apps", folder / "spaces"))


def filled(folder: Path) -> Place:
    """A directory with jobs, a project with its app, and a build with its workspace."""
    here = place(folder)
    with open_data_dir(here.data.root):
        pass
    for number, job in enumerate(JOBS):
        put(here.data.jobs / job / "images" / "0001.jpg", bytes([number]) * 3000)
        put(here.data.jobs / job / "model.glb", bytes([number]) * (2_500_000 if number == 0 else 10))
    put(here.data.projects / PROJECT / "versions" / "versions" / "000001", b"a version")
    put(here.data.projects / PROJECT / "versions" / "blobs" / "ab" / "cd", b"a blob")
    put(here.data.builds / BUILD / "pipeline.log", b"log")
    put(here.data.claude / "spent.json", b"{}")
    put(here.data.uploads / "upload-1" / "upload.json", json.dumps({"job": None, "finished": False}).encode())
    put(here.data.uploads / "upload-1" / "0001.json", b"{}")
    put(here.roots.projects / PROJECT / "generated-app" / "src" / "gr\u00fcn \u2603.js", b"app")
    put(here.roots.workspaces / "w1" / "index.html", b"page")
    write(here, *(created(job, log(job)) for job in JOBS))
    write(here, Change(PROJECT, "succeeded", 1, {}, (log(),), kind="project", request={}, create=True))
    space = {"workspace": str(here.roots.workspaces / "w1")}
    write(here, Change(BUILD, "succeeded", 1, {}, (log(),), kind="build", request=space, create=True))
    return here


def put(path: Path, content: bytes) -> None:
    """Write a file, and the directories that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)


def write(here: Place, *changes: Change) -> None:
    """Write into its journal."""
    with closing(sqlite.connect(here.data.journal)) as connection:
        for outcome in sqlite.write_batch(connection, [Write(change, Reply()) for change in changes]):
            assert not isinstance(outcome, Exception)


def remove(here: Place, actor: str) -> None:
    """Remove an actor from its journal."""
    with closing(sqlite.connect(here.data.journal)) as connection:
        sqlite.write_batch(connection, [Remove(actor, Reply())])
