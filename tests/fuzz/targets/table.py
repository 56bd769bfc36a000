"""The table of targets: a new one is a line in its module."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from tests.fuzz.targets import asked, bodies, clients, files, front, orchestrators, programs, relayed, texts
from tests.fuzz.targets.inputs import Target

if find_spec("numpy"):
    from tests.fuzz.targets import models
else:
    models = None  # type: ignore[assignment]

TARGETS: Final[Mapping[str, Target]] = {
    **front.TARGETS,
    **texts.TARGETS,
    **bodies.TARGETS,
    **programs.TARGETS,
    **clients.TARGETS,
    **relayed.TARGETS,
    **orchestrators.TARGETS,
    **files.TARGETS,
    **(models.TARGETS if models else {}),
    **asked.TARGETS,
}
"""All of them, by name."""
