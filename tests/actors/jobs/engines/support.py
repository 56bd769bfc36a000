"""What the tests of the engines share: jobs over the sample photos, a recorder of reports, a look at our children."""

from collections.abc import Callable
from pathlib import Path
from typing import Optional, Union

from pydantic import BaseModel

from actors.jobs.engines.base import Engine, Image, Job, Log, Progress

PHOTOS = Path(__file__).parents[4] / "client" / "samples" / "mini"


def photos(count: int) -> tuple[Image, ...]:
    """The first photos of the sample set."""
    paths = sorted(PHOTOS.glob("*.jpg"))[:count]
    assert len(paths) == count
    return tuple(Image(path, path.name, path.stat().st_size, "image/jpeg", 640, 480) for path in paths)


def make_job(engine: Engine, workdir: Path, count: int = 3, parameters: Optional[dict[str, object]] = None) -> Job:
    """A job over the first `count` sample photos; three make a model in seconds."""
    workdir.mkdir(exist_ok=True)
    model: BaseModel = engine.parameters.parse_obj(parameters or {})
    return Job("job-test", photos(count), model, workdir, 1)


class Recorder:
    """A `Report` that keeps what it is told, and can act on it.

    Args:
        act: Called with each report.
    """

    def __init__(self, act: Optional[Callable[[Union[Progress, Log]], None]] = None) -> None:
        self.heard: list[Union[Progress, Log]] = []
        self._act = act

    def __call__(self, message: Union[Progress, Log]) -> None:
        """Take one report."""
        self.heard.append(message)
        if self._act is not None:
            self._act(message)

    @property
    def fractions(self) -> list[float]:
        """The fractions of all progress, in order."""
        return [message.fraction for message in self.heard if isinstance(message, Progress)]

    @property
    def stages(self) -> list[str]:
        """The stages, each once, in the order of their first report."""
        return list(dict.fromkeys(message.stage for message in self.heard if isinstance(message, Progress)))

    @property
    def logs(self) -> list[str]:
        """The log lines."""
        return [message.message for message in self.heard if isinstance(message, Log)]


def files_in(directory: Path) -> list[str]:
    """The names of the files in a directory, which may be missing."""
    return sorted(path.name for path in directory.glob("*"))


def models_in(directory: Path) -> list[str]:
    """The names of what looks like a model in a directory, hidden and unfinished ones included."""
    return [name for name in files_in(directory) if ".glb" in name]


def our_children() -> set[int]:
    """The pids of this process's children."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for file in tasks for pid in file.read_text(encoding="ascii").split()}
