"""What was asked for: the part of a job that never changes, as it stands in the journal."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from actors.jobs.engines.base import Image

KIND = "job"

IMAGES = "images"
"""The folder of the photos, in the job's directory."""

MODEL = "model.glb"
"""The model's file, in the job's directory."""

_ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"
_LENGTH = 12


def new_id() -> str:
    """Make an id that nobody can guess or misread: 12 of 30 characters, 58 bits."""
    number, letters = secrets.randbelow(len(_ALPHABET) ** _LENGTH), []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[digit])
    return f"{KIND}-{''.join(letters)}"


@dataclass(frozen=True)
class JobRequest:
    """What a client asked for.

    Attributes:
        engine: The engine's name.
        parameters: Its parameters, as JSON values.
        images: The photos; their paths are in the job's directory.
    """

    engine: str
    parameters: Mapping[str, Any]
    images: tuple[Image, ...]

    @property
    def size(self) -> int:
        """Bytes of all photos."""
        return sum(image.size for image in self.images)

    def as_json(self) -> dict[str, Any]:
        """The request as JSON values; of a photo's path only the file's name is kept."""
        images = [
            {
                "file": image.path.name,
                "name": image.name,
                "size": image.size,
                "media_type": image.media_type,
                "width": image.width,
                "height": image.height,
            }
            for image in self.images
        ]
        return {"engine": self.engine, "parameters": dict(self.parameters), "images": images}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], directory: Path) -> "JobRequest":
        """Read a request back.

        Args:
            values: What `as_json` made.
            directory: The job's directory.
        """
        folder = directory / IMAGES
        images = tuple(
            Image(
                folder / image["file"],
                image["name"],
                image["size"],
                image["media_type"],
                image["width"],
                image["height"],
            )
            for image in values["images"]
        )
        return cls(values["engine"], values["parameters"], images)

    def base(self, job_id: str, created: str) -> dict[str, Any]:
        """What never changes in the job's snapshot."""
        return {
            "id": job_id,
            "kind": KIND,
            "engine": self.engine,
            "parameters": dict(self.parameters),
            "images": len(self.images),
            "bytes": self.size,
            "created": created,
        }


@dataclass(frozen=True)
class Submission:
    """What a client has uploaded, validated as far as that goes without an engine.

    Attributes:
        directory: Where the photos are; it becomes a part of the job's directory.
        images: The photos, in order; their paths are in `directory`, synced.
        parameters: As they came.
        engine: The engine's name, or None for the server's default.
        id: The job's id, when it was chosen before.
    """

    directory: Path
    images: tuple[Image, ...]
    parameters: Mapping[str, object]
    engine: Optional[str]
    id: Optional[str] = None
