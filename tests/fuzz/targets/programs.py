"""What programs say: pipelines, engines, agents, package managers, and what lies in files that they write."""

import json
import math
import tempfile
from contextlib import suppress
from pathlib import Path

from actors.builds.base import ERROR, MESSAGE_TYPES, BuildFailed
from actors.builds.transform import packagejson
from actors.builds.translate.translator import Translator
from actors.jobs.engines.glb import GlbError
from actors.jobs.engines.glb_inspect import read_container
from actors.jobs.engines.pixelmap import protocol as pixelmap
from actors.projects.devserver.manifest import understand
from actors.projects.generators.claude import protocol as claude
from actors.projects.generators.claude.prices import estimate
from actors.projects.generators.claude.words import Used
from actors.projects.packages.registry import read_registries
from actors.projects.running.outputlog import _decoded
from actors.projects.versions.entries import Tree, digests_in
from actors.runtime.errors import InvalidInput
from tests.fuzz.targets.inputs import Target, pieces, text

_SCRIPTS = {"start": 'node "server.js"', "build": "vite build"}


def pipeline(data: bytes) -> None:
    """What a pipeline prints never ends a build, is bounded, and has nothing in it that a terminal would act on."""
    translator = Translator(known=20, plain=20)
    lines = text(data).split("\n")
    said = [*translator.take(lines), *translator.finish()]
    assert len(said) <= 20 + 20 + 4
    for one in said:
        assert one.type in MESSAGE_TYPES
        assert one.type != ERROR
        assert "\x1b" not in one.content
        json.dumps(one.content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert translator.cost is None or translator.cost >= 0


def package(data: bytes) -> None:
    """Mending a package.json changes its scripts alone; mended again it is the same."""
    with suppress(BuildFailed):
        found = packagejson.parse(data)
        assert isinstance(found.has_dependencies, bool)
        assert isinstance(found.dependencies, frozenset)
        mended = packagejson.mend(found.text, _SCRIPTS)
        again = packagejson.parse(mended.encode())
        assert {**found.scripts, **_SCRIPTS} == again.scripts
        others = [{name: value for name, value in one.values.items() if name != "scripts"} for one in (found, again)]
        assert repr(others[0]) == repr(others[1])
        assert packagejson.mend(mended, _SCRIPTS) == mended


def manifest(data: bytes) -> None:
    """A project's package.json is read, or refused in words."""
    with suppress(InvalidInput):
        found = understand(data)
        assert all(isinstance(name, str) and isinstance(words, str) for name, words in found.scripts.items())


def agent(data: bytes) -> None:
    """A line of an agent's worker is one of the words, each field of its type, or refused; what it used has a price."""
    with suppress(claude.ProtocolError):
        heard = claude.parse(data)
        if isinstance(heard, Used):
            cost = estimate(heard)
            assert math.isfinite(cost)
            assert cost >= 0


def engine(data: bytes) -> None:
    """A line of the engine's child is a message, or refused; the lines are the same however they arrive."""
    with suppress(pixelmap.ProtocolError):
        pixelmap.parse_line(data)
    splitter = pixelmap.LineSplitter()
    assert [line for piece in pieces(data) for line in splitter.feed(piece)] == data[1:].split(b"\n")[:-1]


def model(data: bytes) -> None:
    """A file that an engine calls a model is one, or is refused."""
    with tempfile.NamedTemporaryFile(suffix=".glb") as file, suppress(GlbError):
        file.write(data)
        file.flush()
        found = read_container(Path(file.name))
        assert found.size == len(data)
        assert 0 <= found.binary_length <= found.size


def registries(data: bytes) -> None:
    """Addresses of registries are https, without credentials, and fit one line of a configuration."""
    try:
        settings = json.loads(data)
    except (ValueError, RecursionError):
        settings = {"registry": text(data), "@a:registry": text(data[1:])}
    if not isinstance(settings, dict):
        return
    found = read_registries(settings)
    for address in (found.registry, *(address for _, address in found.scopes)):
        assert not address or address.startswith("https://")
        assert "@" not in address.partition("//")[2].partition("/")[0]
        assert not {"\n", "\r", "\0"} & set(address)
    found.allowed()


def tree(data: bytes) -> None:
    """A version's tree is what it was when it is written again, and names nothing outside of the project."""
    with suppress(ValueError):
        found = Tree.decode(data)
        assert Tree.decode(found.encode()) == found
        assert found.digests <= digests_in(found.encode())
        for entry in found.entries:
            assert not entry.path.startswith("/")
            assert ".." not in entry.path.split("/")
    with suppress(ValueError):
        digests_in(data)


def output(data: bytes) -> None:
    """A damaged line of the log is left out."""
    found = _decoded(data)
    assert found is None or all(isinstance(part, str) for part in (found.time, found.source, found.text))


_GLB = b"glTF\x02\x00\x00\x00\x20\x00\x00\x00\x02\x00\x00\x00JSON{}\x02\x00\x00\x00BIN\x00ab"

TARGETS = {
    "pipeline": Target(
        pipeline,
        (
            b"\x1b[32mStep 2: structure\x1b[0m\nWriting file src/App.tsx\nTotal cost: $1.25\n",
            b'{"type": "progress", "content": "working"}\n{"type": "error", "message": "x"}\nERROR: failed\n',
            b'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    raise\nValueError: no\n',
            b"10%|#   | 1/10\r20%|##  | 2/10\nheartbeat agent 3s\n",
        ),
    ),
    "package": Target(
        package,
        (
            b'{\n  "name": "a",\n  "scripts": {\n    "start": "x"\n  },\n  "dependencies": {"b": "1"}\n}\n',
            b'\xef\xbb\xbf{"scripts": [], "scripts": {"build": "y"}, "type": "module"}',
            b"{}",
            b'{"a":{"b":[1,{"c":"}"}]},"scripts":{"a":"\\ud800"}}',
        ),
    ),
    "manifest": Target(manifest, (b'{"dependencies": {"next": "15"}, "scripts": {"dev": "next dev"}}', b"[]")),
    "agent": Target(
        agent,
        (
            b'{"say": "ready", "sdk": "1", "cli": "2", "pid": 7}',
            b'{"say": "text", "text": "\\ud800"}',
            b'{"say": "usage", "message": "m", "model": "claude-sonnet-4-5", "input_tokens": 5, "output_tokens": 3,'
            b' "cache_read_tokens": 0, "cache_creation_tokens": 0}',
            b'{"say": "retry", "attempt": 1, "most": 4, "delay_s": 1' + b"0" * 400 + b', "status": 529}',
            b'{"say": "end", "failed": false, "subtype": "success", "turns": 3, "cost_usd": 0.5, "text": "done"}',
        ),
    ),
    "engine": Target(
        engine,
        (
            b'{"type": "progress", "stage": "dense", "done": 1, "total": 3}',
            b'{"type": "log", "text": "x"}',
            b'{"type": "result", "vertices": 3}',
            b'{"type": "error", "code": "x", "problem": "y"}',
        ),
    ),
    "model": Target(model, (_GLB, b"glTF\x02\x00\x00\x00")),
    "registries": Target(
        registries,
        (
            b'{"registry": "https://u:p@registry.example/npm/", "@a:registry": "https://b.example:8443"}',
            b"https://h/\n_auth=x",
            b'{"registry": "http://plain", "https-proxy": "x"}',
        ),
    ),
    "tree": Target(tree, (Tree(()).encode(), b'{"format": 1, "entries": [["file", "a/b", 1, "00", 0]]}')),
    "output": Target(output, (b'["2026-01-01T00:00:00.000Z", "tool", "text"]\n', b"5\n", b"[1, 2]\n")),
}
