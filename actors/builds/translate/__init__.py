"""From what a pipeline prints to what an orchestrator is told: pure, a line at a time."""

from actors.builds.translate.translator import Translator

__all__ = ["Translator"]
