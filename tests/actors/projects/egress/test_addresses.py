"""Which addresses a listed host may be at."""

import ipaddress

import pytest

from actors.projects.egress.addresses import is_public, may_connect
from actors.projects.egress.names import Allowed
from actors.projects.egress.requests import Target

HOST = ("registry.example.test", 443)
TARGET = Target(*HOST)
PUBLIC = Allowed(hosts=frozenset({HOST}))
OWN = Allowed(hosts=frozenset({HOST}), private=frozenset({HOST}))
NEVER = [
    "127.0.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "100.100.100.200",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "ff02::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]
PRIVATE = [
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "2001:db8::1",
    "fd12:3456::1",
]


@pytest.mark.parametrize("text", ["8.8.8.8", "172.32.0.1", "2606:4700::1111"])
def test_public_addresses_are_taken(text: str) -> None:
    """A listed host is on the internet."""
    assert may_connect(ipaddress.ip_address(text), TARGET, PUBLIC)


@pytest.mark.parametrize("text", NEVER + PRIVATE)
def test_other_addresses_are_not(text: str) -> None:
    """Whoever owns a name could let it lead to the inside."""
    address = ipaddress.ip_address(text)
    assert not is_public(address)
    assert not may_connect(address, TARGET, PUBLIC)


@pytest.mark.parametrize("text", PRIVATE)
def test_a_registry_of_ones_own_may_be_at_a_private_address(text: str) -> None:
    """The package manager's configuration names it; no other host gets this."""
    address = ipaddress.ip_address(text)
    assert may_connect(address, TARGET, OWN)
    assert not may_connect(address, Target("other.example.test", 443), OWN)
    assert not may_connect(address, Target(TARGET.host, 80), OWN)


@pytest.mark.parametrize("text", NEVER)
def test_even_a_registry_of_ones_own_is_not_here_nor_where_credentials_are(text: str) -> None:
    """Loopback and metadata addresses have to be listed as networks."""
    assert not may_connect(ipaddress.ip_address(text), TARGET, OWN)


def test_networks_that_are_listed_are_taken_for_each_host() -> None:
    """An operator may open more."""
    allowed = Allowed(hosts=frozenset({HOST}), networks=(ipaddress.ip_network("127.0.0.0/8"),))
    assert may_connect(ipaddress.ip_address("127.1.2.3"), TARGET, allowed)
    assert not may_connect(ipaddress.ip_address("::1"), TARGET, allowed)
    assert not may_connect(ipaddress.ip_address("10.0.0.1"), TARGET, allowed)
