"""`package.json`: read, and mended so that only its scripts change. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from actors.builds.base import BuildFailed
from actors.builds.transform.spans import Member, Object, first_of, scan_object
from actors.runtime.text import encodable

NAME = "package.json"
MAX_BYTES = 1 << 20
MAX_SCRIPT = 4096
_MADE = '{\n  "name": "app",\n  "private": true\n}\n'
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "workspaces")


@dataclass(frozen=True)
class Package:
    """A `package.json`.

    Attributes:
        text: All of it.
        values: What it says.
    """

    text: str
    values: Mapping[str, Any]

    @property
    def scripts(self) -> dict[str, str]:
        """The scripts that npm would run."""
        scripts = self.values.get("scripts")
        entries = scripts.items() if isinstance(scripts, dict) else ()
        return {name: script for name, script in entries if isinstance(script, str) and script.strip()}

    @property
    def dependencies(self) -> frozenset[str]:
        """The names of what it needs, to run or to be built."""
        kinds = [self.values.get(kind) for kind in _DEPENDENCIES[:2]]
        return frozenset(name for names in kinds if isinstance(names, dict) for name in names)

    @property
    def has_dependencies(self) -> bool:
        """Whether npm has anything to install."""
        return any(self.values.get(kind) for kind in _DEPENDENCIES)

    @property
    def is_module(self) -> bool:
        """Whether `.js` files are ES modules."""
        return self.values.get("type") == "module"


def parse(content: bytes) -> Package:
    """Read a `package.json`.

    Raises:
        BuildFailed: npm could not read it either.
    """
    try:
        text = content.decode()
        values = json.loads(text[1:] if text.startswith("\ufeff") else text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _unusable(f"is not valid JSON: {str(error)[:200] or 'too many levels'}") from None
    if not isinstance(values, dict):
        raise _unusable("is not a JSON object")
    package = Package(text, values)
    if any(len(script) > MAX_SCRIPT for script in package.scripts.values()):
        raise _unusable(f"has a script of more than {MAX_SCRIPT} characters")
    if any(encodable(script) != script for script in package.scripts.values()):
        raise _unusable("has a script with half a surrogate pair in it")
    return package


def new_package() -> Package:
    """Return one for an app that came without."""
    return parse(_MADE.encode())


def mend(text: str, scripts: Mapping[str, str]) -> str:
    """Return a `package.json` with these scripts, and every other character as it was.

    A script that is there keeps its place; a new one goes behind the last, indented as that is. A `scripts` that is no
    object, which npm ignores, is replaced by one.

    Args:
        text: A text that `parse` accepted.
        scripts: By name.
    """
    for name, script in scripts.items():
        text = _with_script(text, name, json.dumps(script, ensure_ascii=False))
    return text


def _with_script(text: str, name: str, script: str) -> str:
    """Set one script, given as JSON."""
    top = scan_object(text, first_of(text))
    holder = top.last("scripts")
    if holder is None:
        return _with_scripts(text, top, name, script)
    if text[holder.start] != "{":
        return _spliced(text, holder.start, holder.end, _object(holder, name, script))
    within = scan_object(text, holder.start)
    member = within.last(name)
    if member is not None:
        return _spliced(text, member.start, member.end, script)
    if not within.members:
        return _spliced(text, holder.start, holder.end, _object(holder, name, script))
    return _appended(text, within, name, script)


def _with_scripts(text: str, top: Object, name: str, script: str) -> str:
    """Add `scripts`, with one script, to a text that has none."""
    if top.members:
        return _appended(text, top, "scripts", _object(top.members[-1], name, script))
    newline = "\r\n" if "\r\n" in text else "\n"
    holder = Member("scripts", f"{newline}  ", ": ", 0, 0)
    made = f'{{{holder.lead}"scripts": {_object(holder, name, script)}{newline}}}'
    return _spliced(text, top.start, top.end, made)


def _appended(text: str, within: Object, key: str, value: str) -> str:
    """Add a member behind the last, written as that is."""
    last = within.members[-1]
    is_tight = bool(last.lead) or len(within.members) > 1 or not last.colon.endswith(" ")
    lead = last.lead if is_tight else " "
    return _spliced(text, last.end, last.end, f",{lead}{json.dumps(key)}{last.colon}{value}")


def _object(holder: Member, key: str, value: str) -> str:
    """Return an object with one member as the value of `holder`, a member of the outermost object."""
    member = f"{json.dumps(key)}{holder.colon}{value}"
    if "\n" not in holder.lead:
        return f"{{{member}}}"
    newline = "\r\n" if "\r\n" in holder.lead else "\n"
    indent = holder.lead.rpartition("\n")[2]
    return f"{{{newline}{indent * 2}{member}{newline}{indent}}}"


def _spliced(text: str, start: int, end: int, replacement: str) -> str:
    """Return `text` with one part of it replaced."""
    return f"{text[:start]}{replacement}{text[end:]}"


def _refuse(constant: str) -> NoReturn:
    """Refuse what Python takes for JSON and npm does not."""
    raise ValueError(f"{constant} is not JSON")


def _unusable(problem: str) -> BuildFailed:
    """Return the error for a `package.json` that cannot be mended."""
    return BuildFailed(
        f"the app's {NAME} {problem}", code="package_json", hint="Build again; if that repeats, look at the pipeline."
    )
