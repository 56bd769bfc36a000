"""What is said of upgrades is so: the versions, the message, and the commands."""

import re
from pathlib import Path

import pytest

from actors.journal.condition import examine
from actors.journal.copying import _SPARE
from actors.journal.migrations import STEPS, too_new
from actors.journal.place import Place
from tests.actors.journal.earlier import VERSIONS, content, load_data, set_version
from tests.docs.markdown import blocks, read, rows
from tests.docs.typing_in import typed

PAGE = "how-to/upgrade.md"


def test_each_version_is_listed() -> None:
    """A new step is a new line."""
    assert [row[0] for row in rows(read(PAGE))] == [str(version) for version in range(1, len(STEPS) + 1)]


def test_the_message_is_the_one_that_is_shown() -> None:
    """Of the version after this one; and the room that has to be left is as it is written."""
    (message,) = blocks(read(PAGE), "text")
    assert message.text.strip() == f"{too_new(len(STEPS) + 1)}."
    assert f"{_SPARE // 1024**2} MiB have to be left" in re.sub(r"\s+", " ", read(PAGE))


@pytest.mark.real
def test_the_commands_do_what_is_said(tmp_path: Path) -> None:
    """Those before an upgrade, and those that go back; the server itself is started elsewhere."""
    before, back = blocks(read(PAGE), "sh")
    data = load_data(max(VERSIONS), tmp_path / "data")
    was = content(data.journal)
    # A problem of this machine is not one of the page.
    typed(before.text.replace("callboard doctor", "callboard doctor || test $? = 1"), tmp_path)
    assert (tmp_path / "before-the-upgrade.tar").stat().st_size > 10_000
    copy = Place(data.journal).of_version(len(STEPS))
    copy.write_bytes(data.journal.read_bytes())
    set_version(data.journal, len(STEPS) + 1)
    first, serve = back.text.replace("/var/lib/callboard", str(data.root)).splitlines()
    assert serve == f"callboard serve --data-dir {data.root}"
    assert "set-aside-" in typed(first, tmp_path)
    assert content(data.journal) == was
    assert examine(data.journal).version == len(STEPS)
