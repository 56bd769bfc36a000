"""The SDK's lock pins everything by hash, names no address, and fits each Python that it may be installed with."""

import re

import pytest

from actors.projects.generators.claude.environment.locked import LOCK, MINIMUM, PACKAGE, read_lock
from tests.house.project import ROOT
from tests.house.test_locks import PYTHONS, installed_on
from tests.house.test_locks import read_lock as read_pins

NAME = str(LOCK.relative_to(ROOT))
TOP = LOCK.with_name("requirements.in")


def test_every_pin_is_exact_and_has_hashes() -> None:
    """Nothing can be installed that was not there when the lock was made."""
    pins = read_pins(NAME)

    assert len(pins) > 20
    for pin in pins:
        assert re.fullmatch(r"==[^*]+", str(pin.requirement.specifier)), pin
        assert pin.hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in pin.hashes), pin


def test_no_address_is_named() -> None:
    """It installs from whichever index pip is set up with."""
    text = LOCK.read_text(encoding="utf-8") + TOP.read_text(encoding="utf-8")

    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("python", [python for python in PYTHONS if tuple(map(int, python.split("."))) >= MINIMUM])
def test_it_has_what_is_wanted(python: str) -> None:
    """A change of what is wanted without `./run lock` is seen here."""
    installed = installed_on(python, read_pins(NAME))

    assert all(len(versions) == 1 for versions in installed.values())
    assert TOP.read_text(encoding="utf-8").split() == [f"{PACKAGE}=={read_lock().version}"]
    assert str(installed[PACKAGE][0]) == read_lock().version
    assert "pydantic" in installed
