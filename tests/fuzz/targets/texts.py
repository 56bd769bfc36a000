"""Names, paths, commands and lines: what is decided about texts that come from outside."""

import json
import re
from contextlib import suppress

from actors.processes.lines import MAX_LINE, LineSplitter
from actors.processes.paths import MAX_NAME, MAX_PATH, check_name, check_relative
from actors.projects.base import name_of
from actors.projects.egress.names import canonical_host
from actors.projects.egress.requests import Refused, read_request
from actors.projects.rules.argv import MAX_ARGUMENTS
from actors.projects.rules.loading import load_rules
from actors.projects.rules.node import node_rules
from actors.projects.rules.rules import Action, RulesRefused
from actors.runtime.errors import CallboardError, InvalidInput
from app.contracts.projects.content import disposition
from app.contracts.texts import LINE, NAME, OWN_NAME, WORDS, fits
from app.preview.entry import _inside
from app.preview.naming import Names
from app.preview.settings import PreviewSettings
from app.security import Policy
from client.address import check_token, parse_address
from client.errors import ClientError
from client.text import clean
from tests.fuzz.targets.inputs import Target, pieces, text

_RULES = node_rules()
_PREVIEWS = Names(PreviewSettings(mode="path"), Policy(port=3002))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def paths(data: bytes) -> None:
    """A path that is taken stays below its root by its words, and can be the name of a file."""
    given = text(data)
    with suppress(InvalidInput):
        found = check_relative(given)
        assert not found.is_absolute()
        assert ".." not in found.parts
        assert str(found) == given
        assert len(given.encode()) <= MAX_PATH
        assert not re.search(r"[\x00-\x1f\x7f]", given)
    with suppress(InvalidInput):
        assert "/" not in check_name(given)
        assert len(given) <= MAX_NAME
        assert given not in (".", "..")


def commands(data: bytes) -> None:
    """A command that may run has no shell in it, no path of a program, and no line ends; all others are forbidden."""
    argv = text(data).split("\x1f")
    verdict = _RULES.judge(argv)
    assert verdict == _RULES.judge(tuple(argv))
    assert verdict.reason
    assert verdict.hint or verdict.action is Action.ALLOW
    if verdict.action is Action.ALLOW:
        assert len(argv) <= MAX_ARGUMENTS
        assert not any(re.search(r"[\x00-\x1f\x7f]", argument) for argument in argv)
        assert not {"&&", "||", ";", "|", ">", "<", "&"} & set(argv)
        assert "/" not in argv[0].replace("./node_modules/.bin/", "").replace("node_modules/.bin/", "")


def rules(data: bytes) -> None:
    """Rules that are taken can be judged by; others are refused with a reason."""
    with suppress(RulesRefused):
        for rule in load_rules(text(data)):
            assert not rule.problem
            assert all(rule.pattern.matches(argv) for argv in rule.matches)


def lines(data: bytes) -> None:
    """The lines are the same however their bytes arrive, none is longer than its bound and a note, none has an end."""
    limit = 16
    together = LineSplitter(limit)
    expected = (*together.feed(data[1:]), *together.finish())
    apart = LineSplitter(limit)
    found = [line for piece in pieces(data) for line in apart.feed(piece)]
    assert (*found, *apart.finish()) == expected
    assert not any("\n" in line or "\r" in line for line in expected)
    assert all(len(line) <= limit + len(f" [{MAX_LINE} characters cut]") for line in expected)


def egress(data: bytes) -> None:
    """A tunnel leads to one spelling of a host's name, and never to an address in disguise."""
    with suppress(Refused):
        target = read_request(data)
        assert canonical_host(target.host) == target.host
        assert 0 < target.port < 2**16
        last = target.host.rpartition(".")[2]
        assert not last.isdigit() or target.host.count(".") == 3


def names(data: bytes) -> None:
    """Names for people and for addresses have nothing in them that ends a line or a header."""
    given = text(data)
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", name_of(given))
    assert not _CONTROL.search(clean(given).replace("\n", "").replace("\t", ""))
    with suppress(UnicodeEncodeError):
        header = disposition("attachment", given)
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2
    assert not fits(LINE, given) or (given.strip() and "\n" not in given)
    assert fits(WORDS, given) == bool(given.strip() and "\0" not in given)
    assert not fits(NAME, given) or check_name(given) == given
    assert not fits(OWN_NAME, given) or not given.startswith(("job-", "project-"))


def previews(data: bytes) -> None:
    """The path of a preview names a project; a way back leads to this origin."""
    given = text(data)
    place = _PREVIEWS.place(None, given)
    assert place is None or given.startswith(place.base.rstrip("/"))
    inside = _inside(given)
    assert inside.startswith("/")
    assert not inside.startswith(("//", "/\\"))
    assert inside.isprintable()


def addresses(data: bytes) -> None:
    """The address of a server that a person gave can be connected to, and leads where it says."""
    given = text(data)
    with suppress(ClientError):
        found = parse_address(given)
        assert found.scheme in ("http", "https")
        assert found.host
        assert found.to("/jobs").startswith(f"{found.scheme}://{found.netloc}")
        assert "@" not in found.netloc
        assert not _CONTROL.search(found.netloc)
    with suppress(ClientError):
        assert not re.search(r"[^!-~]", check_token(given))


def errors(data: bytes) -> None:
    """Any text can be in an error and be written down."""
    error = CallboardError(text(data), hint=text(data))
    json.dumps([str(error), error.problem, error.hint])


TARGETS = {
    "paths": Target(paths, (b"src/App.tsx", b"../x", b"a/./b", b"/etc/passwd", b"a\x00b", "\u00e9".encode() * 200)),
    "commands": Target(
        commands,
        (
            b"npm\x1finstall\x1fleft-pad",
            b"node\x1f--eval\x1f1",
            b"pnpm\x1frun\x1fbuild",
            b"./node_modules/.bin/vite\x1fbuild\x1f--outDir\x1f../x",
            b"npx\x1f-y\x1fcreate-vite\x1f&&\x1frm",
            b"git\x1fcommit\x1f-m\x1fx",
        ),
    ),
    "rules": Target(
        rules,
        (
            b'{"rules": [{"name": "a", "pattern": ["git", ["log", "show"], "**"], "action": "allow", "reason": "r",'
            b' "matches": [["git", "log"]], "others": [["git"]]}]}',
            b'{"rules": [{"name": "a", "pattern": ["*"], "action": "ask", "reason": "", "matches": [], "others": []}]}',
        ),
    ),
    "lines": Target(lines, (b"\x02one\r\ntwo\rthree\n", b"\x01" + "\u00e9\u20ac".encode() * 20, b"\x00\xff\xc3\n\r\n")),
    "egress": Target(
        egress,
        (
            b"CONNECT registry.example:443 HTTP/1.1\r\nHost: registry.example:443",
            b"CONNECT 0x7f.1:443 HTTP/1.1",
            b"CONNECT a.:1 HTTP/1.1\r\nContent-Length: 1",
            b"CONNECT 1.2.3.4:80 HTTP/1.0",
        ),
    ),
    "names": Target(names, (b"A habit tracker", "H\u00e4bits \u0130 \u2028 \u202e x".encode(), b"run-7", b'a"\r\nb')),
    "previews": Target(
        previews,
        (
            b"/api/projects/project-00000000-0000-0000-0000-000000000000/preview/app/x",
            b"//evil.example",
            b"/\\e",
            b"/a b",
        ),
    ),
    "addresses": Target(
        addresses, (b"http://127.0.0.1:3002", b"[::1]:80/p", b"https://u@h/?q#f", b"h:99999", b"ftp://x")
    ),
    "errors": Target(errors, (b"plain", b"\xed\xa0\x80")),
}
