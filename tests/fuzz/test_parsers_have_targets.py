"""A parser of ours has a target that reaches it, or a reason why it needs none: a new one is not forgotten."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import unwrap
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Union

import pytest

from tests.fuzz.targets.parsers import ELSEWHERE, PARSERS
from tests.fuzz.targets.table import TARGETS
from tests.house.project import ROOT

NAMED = re.compile(r"(?:parse|read|load|decode|understand|feed|hear)(?:_\w+)?")
FROM_OUTSIDE = re.compile(r"\b(?:bytes|str|Path|Mapping|dict|IO)\b")
Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def functions(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, Function]]:
    """The public functions of a module, and the methods of its public classes."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node.body, f"{inside}{node.name}.")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield inside + node.name, node


def takes_what_is_written(function: Function) -> bool:
    """Whether one of its parameters can be text, bytes, a file, or what was read of JSON."""
    arguments = function.args
    each = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return any(one.annotation is not None and FROM_OUTSIDE.search(ast.unparse(one.annotation)) for one in each)


def like_parsers() -> set[str]:
    """Each function that is called like a parser and takes what one takes, as `module:function`."""
    return {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}:{name}"
        for path in sources()
        for name, function in functions(ast.parse(path.read_text(encoding="utf-8")).body)
        if NAMED.fullmatch(function.name) and takes_what_is_written(function)
    }


def sources() -> list[Path]:
    """Our modules, without those of others beside them."""
    found = [path for top in ("app", "actors", "client") for path in (ROOT / top).rglob("*.py")]
    return [path for path in found if "node_modules" not in path.parts]


def code_of(parser: str) -> CodeType:
    """The code of a function by its `module:function`; what is remembered of earlier calls is forgotten."""
    module, _, names = parser.partition(":")
    found: Any = importlib.import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    if hasattr(found, "cache_clear"):
        found.cache_clear()
    found = unwrap(getattr(found, "__func__", found))
    assert isinstance(found, FunctionType)
    return found.__code__


@contextmanager
def entered() -> Iterator[set[CodeType]]:
    """Collect the code of each function that is called."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            codes.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield codes
    finally:
        sys.setprofile(before)


def test_each_parser_has_a_target_or_a_reason() -> None:
    """Write a target for a new one and put it into `PARSERS`, or into `ELSEWHERE` with a reason."""
    assert like_parsers() - PARSERS.keys() - ELSEWHERE.keys() == set()


def test_no_parser_is_listed_twice_or_is_gone() -> None:
    """A reason that nothing needs any more would hide the next one of that name."""
    assert not PARSERS.keys() & ELSEWHERE.keys()
    assert ELSEWHERE.keys() - like_parsers() == set()
    assert all(reason for reason in ELSEWHERE.values())


@pytest.mark.parametrize("name", sorted(set(PARSERS.values())))
def test_a_target_reaches_its_parsers(name: str) -> None:
    """With its seeds: one that only seems to try a parser would find nothing."""
    if name == "raw-model":
        pytest.importorskip("numpy")
    target = TARGETS[name]
    wanted = {parser: code_of(parser) for parser, its in PARSERS.items() if its == name}
    with entered() as codes:
        for seed in target.seeds:
            target.call(seed)
    assert {parser for parser, code in wanted.items() if code not in codes} == set()
