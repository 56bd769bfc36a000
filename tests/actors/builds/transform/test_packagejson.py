"""`package.json` is mended to the byte."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.builds.base import BuildFailed
from actors.builds.transform.packagejson import mend, new_package, parse
from actors.builds.transform.spans import first_of, scan_object

MENDED = {
    "two spaces, no scripts": (
        '{\n  "name": "a",\n  "version": "1.0.0"\n}\n',
        '{\n  "name": "a",\n  "version": "1.0.0",\n  "scripts": {\n    "start": "S"\n  }\n}\n',
    ),
    "tabs, CRLF, no newline at the end": (
        '{\r\n\t"name": "a",\r\n\t"x": [1,\r\n\t2]\r\n}',
        '{\r\n\t"name": "a",\r\n\t"x": [1,\r\n\t2],\r\n\t"scripts": {\r\n\t\t"start": "S"\r\n\t}\r\n}',
    ),
    "byte order mark, on one line": ('\ufeff{"name":"a"}', '\ufeff{"name":"a","scripts":{"start":"S"}}'),
    "one line with spaces": ('{ "name": "a" }', '{ "name": "a", "scripts": {"start": "S"} }'),
    "empty": ("{}", '{\n  "scripts": {\n    "start": "S"\n  }\n}'),
    "empty over lines": ("{\r\n}\r\n", '{\r\n  "scripts": {\r\n    "start": "S"\r\n  }\r\n}\r\n'),
    "start is replaced in its place": (
        '{"scripts": {"start" : "old \\" } {", "dev": "x"}, "b": 1e5}',
        '{"scripts": {"start" : "S", "dev": "x"}, "b": 1e5}',
    ),
    "start is added behind the others": (
        '{\n    "scripts": {\n        "dev": "x"\n    },\n    "b":   2\n}',
        '{\n    "scripts": {\n        "dev": "x",\n        "start": "S"\n    },\n    "b":   2\n}',
    ),
    "no scripts in scripts": (
        '{\n   "scripts": { },\n   "b": 2\n}',
        '{\n   "scripts": {\n      "start": "S"\n   },\n   "b": 2\n}',
    ),
    "scripts of null": ('{"scripts": null}', '{"scripts": {"start": "S"}}'),
    "scripts in a list": ('{"scripts":["start"],"z":0}', '{"scripts":{"start":"S"},"z":0}'),
    "start of a number": ('{"scripts": {"start": 5}}', '{"scripts": {"start": "S"}}'),
    "the last of two counts": (
        '{"scripts": {"start": "a"}, "scripts": {"start": "b", "start": "c"}}',
        '{"scripts": {"start": "a"}, "scripts": {"start": "b", "start": "S"}}',
    ),
    "an escaped key": ('{"scr\\u0069pts": {"st\\u0061rt": "a"}}', '{"scr\\u0069pts": {"st\\u0061rt": "S"}}'),
    "scripts of something else": (
        '{"config": {"scripts": {"start": "x"}}, "y": "\\"scripts\\": {"}',
        '{"config": {"scripts": {"start": "x"}}, "y": "\\"scripts\\": {", "scripts": {"start": "S"}}',
    ),
    "other letters": ('{"d": "h\u00e9\U0001f600"}', '{"d": "h\u00e9\U0001f600", "scripts": {"start": "S"}}'),
}


@pytest.mark.parametrize("case", MENDED)
def test_only_the_script_changes(case: str) -> None:
    """Order, indentation, line ends, a byte order mark and the end of the file stay."""
    before, after = MENDED[case]
    assert mend(parse(before.encode()).text, {"start": "S"}) == after
    assert mend(after, {"start": "S"}) == after


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b'"x"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"scripts": {"x": "%s"}}' % (b" a" * 2049), "a script of more than 4096 characters"),
    ],
)
def test_what_npm_could_not_read_is_refused(content: bytes, said: str) -> None:
    """The problem says what is wrong with it."""
    with pytest.raises(BuildFailed, match=said) as caught:
        parse(content)
    assert caught.value.code == "package_json"


def test_one_is_made_where_there_is_none() -> None:
    """It is an ordinary one."""
    assert json.loads(mend(new_package().text, {"start": "S"})) == {
        "name": "app",
        "private": True,
        "scripts": {"start": "S"},
    }


def test_what_it_says_is_read_leniently() -> None:
    """Parts of a wrong type are as good as none."""
    package = parse(
        b'{"scripts": {"start": 1, "dev": " ", "b": "x"}, "dependencies": ["next"], "devDependencies": {"v": "1"}}'
    )
    assert package.scripts == {"b": "x"}
    assert package.dependencies == {"v"}
    assert package.has_dependencies
    assert not parse(b'{"dependencies": {}}').has_dependencies


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["start"]), inner, max_size=3)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(["scripts", "name", "dependencies", "start"]) | st.text()
SPACE = st.text(alphabet=" \t\n\r", max_size=4)


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(KEYS, VALUES, max_size=5), st.data())
def test_any_object_keeps_all_else(values: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is in it and however it is written, the value is the same but for the script, and so is the text."""
    text = data.draw(SPACE) + _written(values, data) + data.draw(SPACE)
    mended = mend(text, {"start": "S \u2028 \"'"})
    scripts = values.get("scripts")
    kept = scripts if isinstance(scripts, dict) else {}
    assert json.loads(mended) == {**values, "scripts": {**kept, "start": "S \u2028 \"'"}}
    head = _common(text, mended)
    tail = _common(text[head:][::-1], mended[head:][::-1])
    removed = text[head : len(text) - tail]
    assert len(removed) <= len(_span_of_scripts(text))


def _written(value: Any, data: st.DataObject) -> str:
    """Write JSON with space wherever it may be."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1, 4])))
    members = [
        "".join([data.draw(SPACE), json.dumps(key), data.draw(SPACE), ":", data.draw(SPACE), _written(each, data)])
        for key, each in value.items()
    ]
    return f"{{{','.join(members)}{data.draw(SPACE)}}}"


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))


def _span_of_scripts(text: str) -> str:
    """Return the longest part that may be replaced: the value of `scripts`, or an object with nothing in it."""
    top = scan_object(text, first_of(text))
    member = top.last("scripts")
    return text[member.start : member.end] if member else text[top.start : top.end] if not top.members else ""
