"""A checkout of the stand-in App Factory in which each build says for itself how it is to go."""

import shutil
import sys
from pathlib import Path
from typing import Any

STANDIN = Path(__file__).parents[2] / "standins" / "app_factory"

_MAIN = '''"""Reads the stand-in's variables from the beginning of the prompt, as in `MODE=loud SPEED=10: a shop`."""

import os
import runpy
import sys

for argument in sys.argv:
    if argument.startswith("--user-prompt=") and ": " in argument:
        for word in argument[len("--user-prompt=") :].split(": ")[0].split():
            name, _, value = word.partition("=")
            os.environ[f"STANDIN_{name}"] = value
runpy.run_module("app_factory.standin", run_name="__main__", alter_sys=True)
'''


def make_checkout(target: Path) -> dict[str, Any]:
    """Make a checkout, and return the settings that a server uses it with.

    A build's prompt may begin with what the stand-in would take from its environment; see its README.
    """
    shutil.copytree(STANDIN, target, ignore=shutil.ignore_patterns("__pycache__"))
    package = target / "app_factory"
    (package / "main_v2.py").rename(package / "standin.py")
    (package / "main_v2.py").write_text(_MAIN, encoding="utf-8")
    return {"pipeline": "app_factory", "app_factory_python": sys.executable, "app_factory_dir": target}
