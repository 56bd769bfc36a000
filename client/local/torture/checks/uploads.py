"""What was accepted of an upload that is not finished is still there, and it becomes one job, however often asked."""

from collections.abc import Collection, Mapping
from typing import Any, Optional


def lost_photos(id: str, photos: Mapping[int, str], unsure: Collection[int], answer: Mapping[str, Any]) -> list[str]:
    """Find photos that were accepted and are not there, or are others.

    Args:
        id: The upload.
        photos: The name of each that was accepted, by number.
        unsure: The numbers of those that were sent again without an answer.
        answer: What the server says of the upload.
    """
    there = {int(file["number"]): str(file["name"]) for file in answer.get("files", ())}
    found = []
    for number, name in photos.items():
        if number not in there:
            found.append(f"{id}: photo {number} was accepted, and is not there any more")
        elif there[number] != name and number not in unsure:
            found.append(f"{id}: photo {number} is {there[number]}, and {name} was accepted last")
    extra = sorted(set(there) - set(photos) - set(unsure))
    return [*found, *(f"{id}: photo {number} is there, and nobody sent it" for number in extra)]


def other_job(id: str, known: Optional[str], answered: Optional[str]) -> list[str]:
    """Find that an upload has become two jobs.

    Args:
        id: The upload.
        known: The job that it had become; None when that was not known yet.
        answered: The job that it has become now; None where that was removed.
    """
    if known is None or answered is None or known == answered:
        return []
    return [f"{id}: it had become {known}, and finishing it again made {answered}"]
