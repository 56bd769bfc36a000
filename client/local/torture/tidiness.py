"""Looks whether everything on the disk belongs to something that exists, with a moment for what is on its way."""

from collections.abc import Collection

import trio

from actors.projects.versions.store import VersionStore
from client.local.torture import processes
from client.local.torture.checks.disk import Owners, leftovers, other_photos, stray_apps, stray_staging, strays
from client.local.torture.checks.history import PROJECT
from client.local.torture.folder import Folder, names_in, paths_in
from client.local.torture.ledger import BUILD, JOB, Ledger
from client.local.torture.looking import Looker, Statuses
from client.local.torture.violation import demand

PATIENCE_S = 3.0
"""What is on its way, such as the directory of an attempt that ends now, is looked at again so long."""

_PAUSE_S = 0.15


async def look_at_disk(looker: Looker, folder: Folder, temporary: Collection[str], statuses: Statuses) -> None:
    """See whether all that is on the disk is owned, and the photos of all jobs are there.

    Args:
        looker: Asks the server who exists.
        folder: Where its things are.
        temporary: What the server before had among the temporary files when it died.
        statuses: Who exists, as of a moment ago.

    Raises:
        Violation: Something belongs to nobody, or is missing.
    """
    until = trio.current_time() + PATIENCE_S
    while True:
        found = await trio.to_thread.run_sync(_strays, folder, statuses, looker.ledger, temporary)
        if not found or trio.current_time() > until:
            break
        await trio.sleep(_PAUSE_S)
        statuses = await looker.statuses()
    demand(found)


async def look_at_versions(folder: Folder, projects: Collection[str]) -> None:
    """See whether each version of each project is whole.

    Raises:
        Violation: One is not.
    """
    demand(await trio.to_thread.run_sync(_damaged, folder, projects))


def _damaged(folder: Folder, projects: Collection[str]) -> "list[str]":
    """Read all that the versions name. Blocks."""
    stores = {project: VersionStore(folder.data / "projects" / project / "versions") for project in projects}
    return [f"{project}: {problem}" for project, store in stores.items() for problem in store.verify().problems]


def _strays(folder: Folder, statuses: Statuses, ledger: Ledger, temporary: Collection[str]) -> "list[str]":
    """Compare what is there with who exists. Blocks."""
    owners = Owners(
        jobs=statuses[JOB],
        builds=statuses[BUILD],
        projects=statuses[PROJECT],
        uploads=set(ledger.uploads),
        trees=set(processes.reapers(folder)),
        workspaces=ledger.workspaces,
    )
    return [
        *strays(paths_in(folder.data), owners),
        *other_photos({job: folder.photos(job) for job in statuses[JOB]}, statuses[JOB]),
        *stray_apps(paths_in(folder.apps), owners),
        *stray_staging(paths_in(folder.workspaces), owners),
        *leftovers(temporary, names_in(folder.temporary)),
    ]
