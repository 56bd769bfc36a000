"""The table of targets: a new one is a line in its module."""

from collections.abc import Mapping
from typing import Final

from tests.fuzz.targets import bodies, clients, front, programs, texts
from tests.fuzz.targets.inputs import Target

TARGETS: Final[Mapping[str, Target]] = {
    **front.TARGETS,
    **texts.TARGETS,
    **bodies.TARGETS,
    **programs.TARGETS,
    **clients.TARGETS,
}
"""All of them, by name."""
