"""Figures that a test measures, for whoever wants to write them down."""

import json
import os
from pathlib import Path
from typing import Any


def note(figures: dict[str, Any]) -> None:
    """Leave the figures where whoever measures can find them."""
    target = os.environ.get("TEST_FIGURES")
    if target:
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")
