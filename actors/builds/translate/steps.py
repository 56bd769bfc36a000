"""Which of the announced steps a pipeline is at, by the names of its agents and stages."""

import re
from typing import Optional

from actors.builds.base import Step

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHOWN: tuple[tuple[Step, frozenset[str]], ...] = (
    (
        Step.SPECIFY,
        frozenset(
            {"prd", "requirement", "requirements", "spec", "specs", "specification", "specifications", "business"}
            | {"interaction"}
        ),
    ),
    (
        Step.STRUCTURE,
        frozenset(
            {"wireframe", "wireframes", "structure", "technical", "architecture", "architect", "scaffold", "setup"}
            | {"scaffolding"}
        ),
    ),
    (Step.FRONTEND, frozenset({"frontend", "component", "components", "page", "pages", "ui"})),
)
"""In this order: a "Frontend Interaction Spec" is a specification, a "Wireframe Writer" makes the structure."""


class Steps:
    """The furthest step that was shown; there is no way back."""

    def __init__(self) -> None:
        self._reached: Optional[Step] = None

    def shown(self, subject: str) -> Optional[Step]:
        """Return the step that begins with this subject, None when it shows none or one that has begun before.

        A bare "writer" works on the specification first, and on the frontend only once there is a structure.
        """
        words = {word.lower() for word in _WORDS.findall(subject)}
        step = next((step for step, names in _SHOWN if words & names), None)
        if step is None and "writer" in words and self._reached is not None and self._reached >= Step.STRUCTURE:
            step = Step.FRONTEND
        return None if step is None else self.reach(step)

    def reach(self, step: Step) -> Optional[Step]:
        """Take note of a step; return it if it is further than any before."""
        if self._reached is not None and step <= self._reached:
            return None
        self._reached = step
        return step
