"""Which pipeline builds run, by what the settings say."""

from pathlib import Path
from typing import Any, Optional, cast

import pytest

from actors.builds.base import Availability, Built, Order, Pipeline, Said, Tell
from actors.projects.service import Projects
from actors.runtime.errors import InvalidInput
from app.composition.builds import _chosen
from app.settings import Settings


class Named:
    """A pipeline that only has a name.

    Args:
        name: It.
        available: Whether it can run here.
    """

    title = "One of several"
    resumable = True

    def __init__(self, name: str, *, available: bool = True) -> None:
        self.name = name
        self.available = available

    def availability(self) -> Availability:
        """As it was made."""
        return Availability(available=self.available, reason="" if self.available else "No.")

    async def run(self, order: Order, tell: Tell) -> Built:
        """Say something."""
        await tell(Said("status", self.name))
        return Built(order.workdir)


class Others:
    """Projects of which one generator could be used, or none."""

    def __init__(self, alternative: Optional[str]) -> None:
        self.alternative = alternative


def chosen(root: Path, *, claude: bool = True, other: Optional[str] = "claude", **settings: Any) -> Pipeline:
    """The pipeline that these settings choose."""
    factory = bool(settings.get("app_factory_dir"))
    named = (Named("app_factory", available=factory), Named("template"), Named("claude", available=claude))
    table: dict[str, Pipeline] = {one.name: one for one in named}
    pipelines = _chosen(Settings(data_dir=root, **settings), table, cast("Projects", Others(other)))
    return pipelines.table[pipelines.default]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "template"),
        ({"generator": "template"}, "template"),
        ({"generator": "claude"}, "claude"),
        ({"pipeline": "claude"}, "claude"),
        ({"generator": "claude", "pipeline": "template"}, "template"),
        ({"generator": "claude", "app_factory_dir": "/somewhere"}, "app_factory"),
        ({"app_factory_dir": "/somewhere"}, "app_factory"),
        ({"generator": "template", "pipeline": "claude"}, "claude"),
    ],
)
def test_who_is_chosen(settings: dict[str, Any], name: str, tmp_path: Path) -> None:
    """Never `claude` but where a setting says so; what is said of builds wins."""
    assert chosen(tmp_path, **settings).name == name


def test_one_that_cannot_run(tmp_path: Path) -> None:
    """A server that is to use it for builds does not start; one that is to use it for projects does."""
    with pytest.raises(InvalidInput, match="claude cannot run here"):
        chosen(tmp_path, claude=False, pipeline="claude")
    assert chosen(tmp_path, claude=False, generator="claude").name == "claude"


@pytest.mark.parametrize(
    ("other", "settings", "suggested"),
    [
        ("claude", {}, True),
        (None, {}, False),
        ("claude", {"pipeline": "template"}, False),
        (None, {"generator": "template"}, False),
    ],
)
async def test_how_to_switch(other: Optional[str], settings: dict[str, Any], suggested: bool, tmp_path: Path) -> None:
    """It is said first, where nobody chose and there is something to choose."""
    pipeline = chosen(tmp_path, other=other, **settings)
    said: list[str] = []

    async def tell(line: Said) -> None:
        said.append(line.content)

    order = Order("run-1", "x", "x", tmp_path, tmp_path, 5000, 1)
    assert (await pipeline.run(order, tell)).frontend == tmp_path
    assert said[-1] == "template"
    assert (len(said) == 2, "CALLBOARD_PIPELINE=claude" in said[0]) == (suggested, suggested)
    assert (pipeline.title, pipeline.resumable) == ("One of several", True)
    assert pipeline.availability().available
