"""The Dockerfile as data, read by the package `dockerfile-parse` in the tools' environment."""

import json
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.house.project import ROOT
from tests.packaging.tools import tool_or_skip

FOLDER = ROOT / "deploy" / "container"
DOCKERFILE = FOLDER / "Dockerfile"

_READ = """
import json, sys
from dockerfile_parse import DockerfileParser
parsed = DockerfileParser(path=sys.argv[1], cache_content=True)
steps = [[step["instruction"], step["value"]] for step in parsed.structure if step["instruction"] != "COMMENT"]
print(json.dumps({"steps": steps, "env": parsed.envs, "labels": parsed.labels}))
"""


@dataclass(frozen=True)
class Step:
    """An instruction.

    Attributes:
        stage: Of which stage, by name; empty before the first.
        name: In capitals.
        value: What follows it, as one line.
    """

    stage: str
    name: str
    value: str

    @property
    def words(self) -> list[str]:
        """What follows it, as words, or as the JSON that it is."""
        if self.value.startswith("["):
            return [str(word) for word in json.loads(self.value)]
        return self.value.split()


@dataclass(frozen=True)
class Image:
    """What the file says.

    Attributes:
        steps: In order.
        env: The variables of the last stage.
    """

    steps: tuple[Step, ...]
    env: dict[str, str]

    def of(self, stage: str, name: str) -> list[Step]:
        """The instructions of one kind in a stage."""
        return [step for step in self.steps if (step.stage, step.name) == (stage, name)]

    def only(self, name: str) -> Step:
        """The one of its kind in the last stage."""
        (step,) = self.of("runtime", name)
        return step


@lru_cache(maxsize=1)
def read_dockerfile() -> Image:
    """Read it."""
    command = [str(tool_or_skip("python")), "-I", "-c", _READ, str(DOCKERFILE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    steps, stage = [], ""
    for name, value in found["steps"]:
        if name == "FROM":
            stage = value.split()[-1]
        steps.append(Step(stage, name, value))
    return Image(tuple(steps), found["env"])
