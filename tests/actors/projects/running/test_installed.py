"""Whether a project is as it was installed."""

import os
from pathlib import Path

import pytest

from actors.projects.running.installed import look


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return an app that is installed."""
    app = tmp_path / "app"
    (app / "node_modules" / "@types" / "node").mkdir(parents=True)
    (app / "node_modules" / "zod").mkdir()
    (app / "node_modules" / ".modules.yaml").write_text("x")
    (app / "package.json").write_text("{}")
    (app / "pnpm-lock.yaml").write_text("x")
    return app


def test_nothing_is_nothing(tmp_path: Path) -> None:
    """No file, no directory."""
    assert not look(tmp_path).whole
    assert not look(tmp_path / "none").whole


def test_the_same_is_the_same(app: Path) -> None:
    """Also when it was written again, and when a tool kept something of its own."""
    before = look(app)
    assert before.whole
    assert before.names == ("node_modules/@types/node", "node_modules/zod")
    (app / "package.json").write_text("{}")
    (app / "node_modules" / ".vite").mkdir()
    (app / "src").mkdir()
    assert look(app) == before


@pytest.mark.parametrize("path", ["package.json", "pnpm-lock.yaml", "node_modules/.modules.yaml", ".npmrc"])
def test_another_file_is_another_state(app: Path, path: str) -> None:
    """Each that an install goes by."""
    before = look(app)
    (app / path).write_text("changed")
    assert look(app) != before


@pytest.mark.parametrize("path", ["node_modules/zod", "node_modules/@types/node", "node_modules"])
def test_a_package_that_is_gone_is_another_state(app: Path, path: str) -> None:
    """Whoever removed it."""
    before = look(app)
    (app / path).rename(app / "elsewhere")
    assert look(app) != before


def test_what_is_no_file_of_the_project_is_not_read(app: Path) -> None:
    """A link leads nowhere outside, a pipe does not hang, a giant is not read."""
    (app.parent / "secret").write_text("{}")
    (app / "package.json").unlink()
    (app / "package.json").symlink_to("../secret")
    assert look(app).wanted[0] is None
    (app / "package.json").unlink()
    os.mkfifo(app / "package.json")
    assert look(app).wanted[0] is None
    (app / "package.json").unlink()
    with (app / "package.json").open("wb") as file:
        file.truncate(2**40)
    assert look(app).wanted[0] is None
    (app / "node_modules").rename(app.parent / "elsewhere")
    (app / "node_modules").symlink_to("../elsewhere")
    assert look(app).names == ()
