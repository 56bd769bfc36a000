"""The locks pin everything by hash, name no address, and satisfy `pyproject.toml` on every Python."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.project import ROOT, read_pyproject

PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
LOCKS = {"requirements.lock": ("reconstruct",), "requirements-dev.lock": ("reconstruct", "telemetry", "dev")}


@dataclass
class Pin:
    """One locked version.

    Attributes:
        requirement: Name, version and the environments that it is for.
        hashes: What a file of it may hash to.
    """

    requirement: Requirement
    hashes: list[str] = field(default_factory=list)


def read_lock(name: str) -> list[Pin]:
    """The pins of a lock, in its order."""
    pins: list[Pin] = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        text = line.rstrip("\\").strip()
        if text.startswith("--hash="):
            pins[-1].hashes.append(text[len("--hash=") :])
        else:
            pins.append(Pin(Requirement(text)))
    return pins


def installed_on(python: str, pins: list[Pin]) -> dict[str, list[Version]]:
    """What pip would install from these pins on Linux with this Python, by canonical name."""
    found: dict[str, list[Version]] = {}
    for pin in pins:
        requirement = pin.requirement
        if requirement.marker is None or requirement.marker.evaluate(environment(python)):
            (specifier,) = requirement.specifier
            found.setdefault(canonicalize_name(requirement.name), []).append(Version(specifier.version))
    return found


def environment(python: str) -> dict[str, str]:
    """The marker values of a CPython on Linux."""
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.1",
        "python_version": python,
        "sys_platform": "linux",
    }


def wanted_by_project(extras: tuple[str, ...]) -> Iterator[Requirement]:
    """What `pyproject.toml` asks for directly, with these extras and with what builds the project."""
    pyproject = read_pyproject()
    project = pyproject["project"]
    groups = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    groups += [pyproject["dependency-groups"]["build"], pyproject["build-system"]["requires"]]
    for group in groups:
        yield from map(Requirement, group)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_has_hashes(name: str) -> None:
    """Nothing can be installed that was not there when the lock was made."""
    pins = read_lock(name)

    assert len(pins) > 20
    for pin in pins:
        assert re.fullmatch(r"==[^*]+", str(pin.requirement.specifier)), pin
        assert pin.hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in pin.hashes), pin


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_is_named(name: str) -> None:
    """The lock installs from whichever index pip is set up with."""
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_satisfies_the_project(name: str, python: str) -> None:
    """A change of pyproject.toml without `./run lock` is seen here."""
    installed = installed_on(python, read_lock(name))

    assert all(len(versions) == 1 for versions in installed.values())
    for requirement in wanted_by_project(LOCKS[name]):
        (version,) = installed.get(canonicalize_name(requirement.name), [None])
        assert version is not None, f"{requirement.name} is missing: ./run lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} is not {version}: ./run lock"


def test_both_locks_agree() -> None:
    """What the checks ran with is what the demo runs with."""
    checked = {str(pin.requirement): pin.hashes for pin in read_lock("requirements-dev.lock")}

    for pin in read_lock("requirements.lock"):
        assert checked.get(str(pin.requirement)) == pin.hashes
