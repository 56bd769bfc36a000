"""What is asked about open uploads after each start of a server."""

from client.local.torture.asking import Asking
from client.local.torture.checks.truth import unasked
from client.local.torture.checks.uploads import lost_photos, other_job
from client.local.torture.folder import Folder, names_in
from client.local.torture.ledger import JOB, Ledger, Upload
from client.local.torture.violation import Violation, demand

FINISHED_LIVES = 2
"""Servers after which an upload that has become a job is removed, so that they do not add up."""

_PREFIX = "upload-"


async def look_at_uploads(asking: Asking, ledger: Ledger, folder: Folder, life: int) -> None:
    """See whether what was accepted of each upload is there; finish those of which that was asked before.

    Args:
        asking: The way to the server.
        ledger: What is known.
        folder: Where the server's things are.
        life: Which server this is.

    Raises:
        Violation: Something is lost, or was made twice.
    """
    for upload in list(ledger.uploads.values()):
        upload.busy = False
        answer = await asking.ask("GET", f"/uploads/{upload.id}")
        if answer.status == 404:
            if not upload.leaving:
                raise Violation(f"{upload.id}: this upload was begun, nobody removed it, and it is not there any more")
            del ledger.uploads[upload.id]
        elif upload.gone:
            raise Violation(f"{upload.id}: this upload was removed, as was answered, and is there again")
        elif not answer.accepted:
            raise Violation(f"the upload {upload.id} was answered {answer.status or 'by nobody'}")
        else:
            became = answer.value.get("job")
            await _settle(asking, ledger, upload, dict(answer.value), became)
            if upload.leaving or (upload.job and life - upload.life > FINISHED_LIVES):
                await _remove(asking, ledger, upload.id)
    await _adopt(asking, ledger, folder)


async def _settle(asking: Asking, ledger: Ledger, upload: Upload, answer: "dict[str, object]", became: object) -> None:
    """Compare one upload, and find out what became of requests without an answer."""
    if became is None and upload.job is None:
        demand(lost_photos(upload.id, upload.photos, upload.unsure, answer))
        files = answer.get("files")
        upload.photos = {int(file["number"]): str(file["name"]) for file in files} if isinstance(files, list) else {}
        upload.unsure.clear()
    elif upload.job is not None:
        demand(other_job(upload.id, upload.job, str(became)))
    if upload.finishing and upload.job is None:
        # Asked once more, as a client does: there must not be two jobs.
        again = await asking.ask("POST", f"/uploads/{upload.id}/finish", {"engine": "simulated"})
        if again.accepted:
            demand(other_job(upload.id, None if became is None else str(became), again.id))
            upload.job = again.id
            ledger.accept(JOB, again.id)
        elif again.status != 503:
            upload.leaving = True
        else:
            upload.finishing = False


async def _remove(asking: Asking, ledger: Ledger, id: str) -> None:
    """Remove an upload that nobody needs any more."""
    answer = await asking.ask("DELETE", f"/uploads/{id}")
    if answer.accepted or answer.status == 404:
        ledger.uploads.pop(id, None)


async def _adopt(asking: Asking, ledger: Ledger, folder: Folder) -> None:
    """Remove uploads that were begun by requests without an answer."""
    unknown = [name for name in names_in(folder.data / "uploads") if name not in ledger.uploads]
    there = [
        name for name in unknown if name.startswith(_PREFIX) and (await asking.ask("GET", f"/uploads/{name}")).accepted
    ]
    demand(unasked("upload", there, ledger.unanswered.get("upload", 0)))
    for name in there:
        await _remove(asking, ledger, name)
