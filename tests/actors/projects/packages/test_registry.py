"""Which registries a configuration names, and what of it does not get out."""

import ipaddress
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.projects.packages.registry import Registries, ask_registries, read_registries
from actors.projects.packages.running import ProgramFailed
from tests.actors.projects.packages.support import NODE, Programs

SETTINGS = {
    "registry": "https://Registry.Example.Test/",
    "@acme:registry": "https://user:hunter2@packages.example.test:8443/npm/acme?token=hunter2#hunter2",
    "//packages.example.test:8443/:_authToken": "hunter2",
    "_auth": "hunter2",
    "cafile": "/etc/ssl/own.pem",
    "userconfig": "/home/somebody/.npmrc",
    "proxy": None,
    "https-proxy": "",
}


def test_registries_and_their_hosts_are_read() -> None:
    """The registry, those of scopes, and nothing secret."""
    found = read_registries(SETTINGS)
    assert found == Registries(
        registry="https://registry.example.test/",
        scopes=(("@acme", "https://packages.example.test:8443/npm/acme/"),),
        cafile="/etc/ssl/own.pem",
        hosts=frozenset({("registry.example.test", 443), ("packages.example.test", 8443)}),
    )
    assert "hunter2" not in repr(found)


def test_the_proxys_list_has_the_hosts_and_what_is_configured_besides() -> None:
    """Only what the package manager's own configuration names may be at an address that is not public."""
    networks = (ipaddress.ip_network("127.0.0.0/8"),)
    found = read_registries(SETTINGS).allowed([("more.example.test", 443)], networks)
    assert ("more.example.test", 443) in found.hosts
    assert ("more.example.test", 443) not in found.private
    assert ("registry.example.test", 443) in found.private
    assert found.networks == networks


@pytest.mark.parametrize(
    "address",
    [
        "http://user:hunter2@registry.example.test/",
        "https://[::1]:4873/",
        "https://127.1/",
        "https:///hunter2",
        "https://registry.example.test:port/",
        "https://registry.example.test:99999/",
        "https://[",
        "ftp://registry.example.test",
        f"https://registry.example.test/{'x' * 1000}",
        "",
        None,
        7,
        ["https://registry.example.test/"],
    ],
)
def test_what_cannot_be_used_is_said_and_not_quoted(address: object) -> None:
    """An address that is refused may have a password in it."""
    found = read_registries({"registry": address, "@acme:registry": address})
    assert found.hosts == frozenset()
    assert (found.registry, found.scopes) == ("", ())
    assert len(found.problems) == 2
    assert "hunter2" not in repr(found)


def test_names_in_other_alphabets_become_what_is_asked_for() -> None:
    """Package managers ask for the ASCII form."""
    found = read_registries({"registry": "https://b\u00fccher.example.test"})
    assert found.hosts == frozenset({("xn--bcher-kva.example.test", 443)})
    assert found.registry == "https://xn--bcher-kva.example.test/"


def test_a_proxy_of_npms_own_is_pointed_out() -> None:
    """The egress proxy does not go through another one."""
    found = read_registries({**SETTINGS, "https-proxy": "http://user:hunter2@proxy.example.test:3128"})
    assert len(found.problems) == 1
    assert "proxy" in found.problems[0]
    assert "hunter2" not in repr(found)


def test_scopes_have_a_bound() -> None:
    """A configuration without end is cut, and says so."""
    found = read_registries({f"@s{number}:registry": "https://r.example.test/" for number in range(200)})
    assert len(found.scopes) == 100
    assert "more than 100" in found.problems[-1]


async def test_npm_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the Node that was found; which certificates it trusts besides is known from the environment."""
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/more.pem")
    run = Programs({"config": json.dumps(SETTINGS)})
    assert await ask_registries(run, NODE, tmp_path) == replace(read_registries(SETTINGS), extra_ca="/more.pem")
    assert run.ran == [("/opt/node/bin/node", "/opt/node/npm-cli.js", "config", "list", "--json")]


@pytest.mark.parametrize("said", ["", "npm says hello", "[]", "null", "[" * 100_000])
async def test_an_npm_that_talks_nonsense_is_an_error(said: str, tmp_path: Path) -> None:
    """With a way out."""
    with pytest.raises(ProgramFailed, match="as JSON") as failed:
        await ask_registries(Programs({"config": said}), NODE, tmp_path)
    assert failed.value.hint


async def test_an_npm_that_fails_is_an_error(tmp_path: Path) -> None:
    """Its own message comes through."""
    run: Any = Programs({"config": ProgramFailed("npm broke")})
    with pytest.raises(ProgramFailed, match="npm broke"):
        await ask_registries(run, NODE, tmp_path)
