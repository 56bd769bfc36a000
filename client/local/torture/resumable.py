"""What somebody does with uploads whose photos are sent one by one, over any number of servers."""

import random
from typing import TYPE_CHECKING
from urllib.parse import quote

from client.local.torture.checks.uploads import other_job
from client.local.torture.ledger import JOB, Upload
from client.local.torture.plan import job_parameters
from client.local.torture.violation import demand
from client.selftest.http import WholeBody

if TYPE_CHECKING:
    from client.local.torture.people import Person

MOST_OPEN = 4
MOST_PHOTOS = 4


async def go_on_with_upload(person: "Person", chance: random.Random) -> bool:
    """Do the next thing with an open upload, or begin one; return whether there was an answer.

    Args:
        person: Who does it.
        chance: Decides.
    """
    pick, act, asked = chance.random(), chance.random(), job_parameters(chance)
    number, name = chance.randint(1, MOST_PHOTOS), f"{person.name}-{chance.randint(0, 9_999)}.jpg"
    photo = chance.choice(person.photos).data
    free = [one for one in person.ledger.uploads.values() if not (one.busy or one.gone or one.leaving or one.job)]
    if len(free) < MOST_OPEN and act < 0.25:
        return await _begin(person)
    if not free:
        return True
    upload = free[int(pick * len(free))]
    upload.busy = True
    try:
        if act < 0.8 and not upload.finishing:
            return await _send(person, upload, (number, name, photo))
        return await (_remove(person, upload) if act > 0.97 else finish(person, upload, asked))
    finally:
        upload.busy = False


async def _begin(person: "Person") -> bool:
    """Begin an upload."""
    answer = await person.asking.ask("POST", "/uploads")
    if answer.lost:
        person.ledger.lose("upload")
    elif answer.accepted:
        ledger = person.ledger
        ledger.uploads[answer.id] = Upload(answer.id, person.life)
        ledger.accepted["upload"] = ledger.accepted.get("upload", 0) + 1
    return not answer.lost


async def _send(person: "Person", upload: Upload, photo: "tuple[int, str, bytes]") -> bool:
    """Send one photo, which may take the place of one that is there."""
    number, name, data = photo
    upload.unsure.add(number)
    headers = {"Content-Type": "image/jpeg", "Content-Length": str(len(data))}
    path = f"/uploads/{upload.id}/files/{number}?name={quote(name)}"
    answer = await person.asking.ask("PUT", path, body=WholeBody(data), headers=headers)
    if answer.accepted:
        upload.photos[number] = name
    if not answer.lost:
        upload.unsure.discard(number)
    return not answer.lost


async def finish(person: "Person", upload: Upload, parameters: "dict[str, object]") -> bool:
    """Make a job of an upload, also of one that may have become one."""
    if not upload.photos or (upload.unsure and not upload.finishing):
        return True
    upload.finishing = True
    value = {"engine": "simulated", "params": parameters}
    answer = await person.asking.ask("POST", f"/uploads/{upload.id}/finish", value)
    if answer.accepted:
        demand(other_job(upload.id, upload.job, answer.id))
        upload.job = answer.id
        person.accepted(JOB, answer)
    elif not answer.lost:
        upload.finishing = False
    return not answer.lost


async def _remove(person: "Person", upload: Upload) -> bool:
    """Remove an upload."""
    upload.leaving = True
    answer = await person.asking.ask("DELETE", f"/uploads/{upload.id}")
    upload.gone = answer.accepted
    return not answer.lost
