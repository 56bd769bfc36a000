"""The starters' files: complete, small, pinned, and named after the app whatever that is called."""

import json
import re

import pytest

from actors.projects.files.mediatypes import by_name
from actors.projects.starters.starters import (
    DEFAULT_NAME,
    DEFAULT_PACKAGE,
    MAX_NAME,
    STARTERS,
    displayed,
    files,
    package_name,
)
from tests.actors.projects.starters.manifests import (
    FOLDER,
    locked_packages,
    locked_wishes,
    read_lock,
    read_manifest,
    wanted,
)

NEEDED = {
    "vite": {"vite"},
    "react": {"vite", "react", "react-dom", "@vitejs/plugin-react"},
    "next": {"next", "react", "react-dom"},
}
HOSTILE = 'Tea & "Cakes" </script><b>\\\'${x}`\u2028'
each = pytest.mark.parametrize("name", sorted(STARTERS))


def test_each_folder_is_in_the_table() -> None:
    """And the other way round."""
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(STARTERS) == set(NEEDED)


@each
def test_it_is_whole_and_small(name: str) -> None:
    """What a build needs is there, and nothing that was left lying about."""
    starter, made = STARTERS[name], files(name)
    assert {"package.json", "pnpm-lock.yaml", ".gitignore", starter.entry} <= set(made)
    assert len(made) < 12
    assert sum(map(len, made.values())) < 50_000
    assert all(content.endswith(b"\n") for content in made.values())
    assert all(by_name(path) or path == ".gitignore" for path in made)
    ignored = made[".gitignore"].decode().split()
    assert {f"{starter.output}/", "node_modules/"} <= set(ignored)
    assert {"dev", "build"} <= set(read_manifest(name)["scripts"])


@each
def test_it_needs_little(name: str) -> None:
    """A package more is seconds more for each new app."""
    manifest = read_manifest(name)
    assert set(wanted(manifest)) == NEEDED[name]
    assert "packageManager" not in manifest, "it would have another version of pnpm fetched"
    assert not {"preinstall", "install", "postinstall", "prepare"} & set(manifest["scripts"])


@each
def test_the_lock_file_agrees(name: str) -> None:
    """Else a frozen install fails: see `tests.actors.projects.starters.update`."""
    manifest, lock = read_manifest(name), read_lock(name)
    assert locked_wishes(lock) == wanted(manifest)
    packages = {(package, version) for package, version, _ in locked_packages(lock)}
    for package, wish in wanted(manifest).items():
        assert re.fullmatch(r"\^\d+\.\d+\.\d+", wish)
        assert any(found == package for found, _ in packages)
    left_out = manifest["pnpm"].get("ignoredOptionalDependencies", [])
    assert re.findall(r"^ignoredOptionalDependencies:\n((?:  - .*\n)+)", lock, re.MULTILINE) == (
        ["".join(f"  - {package}\n" for package in left_out)] if left_out else []
    )
    assert not {package for package, _ in packages} & set(left_out)


@each
def test_the_lock_file_pins_content_and_has_no_address(name: str) -> None:
    """Each package is what it is by its hash, from whatever registry; nothing is from a path."""
    lock = read_lock(name)
    packages = locked_packages(lock)
    assert len(packages) == len(re.findall(r"^    resolution:", lock, re.MULTILINE)) > 5
    for package, _, resolution in packages:
        assert re.fullmatch(r"\{integrity: sha512-[A-Za-z0-9+/]{86}==\}", resolution), package
    assert not re.search(r"://|tarball|file:|link:|directory|git\+|/home|/tmp|registry", lock.replace("Lockfile:", ""))


@each
def test_nothing_is_from_elsewhere(name: str) -> None:
    """No font, script or picture of somebody else's: it works where there is no internet."""
    for path, content in files(name).items():
        found = set(re.findall(rb"(?:https?:)?//[\w.-]+\.\w+", content)) - {b"http://www.w3.org"}
        assert not found, path
        assert b"next/font" not in content


@each
def test_the_name_is_text_wherever_it_stands(name: str) -> None:
    """It is shown as it is, and never read as markup or code."""
    made = {path: content.decode() for path, content in files(name, HOSTILE).items()}
    shown = displayed(HOSTILE)
    assert json.loads(made["package.json"])["name"] == "tea-cakes-script-b-x"
    literal = re.search(r'const name = (".*");', made[STARTERS[name].entry])
    assert literal
    assert json.loads(literal.group(1)) == shown
    page = made.get("index.html", "")
    if page:
        assert "<title>Tea &amp; &quot;Cakes&quot; &lt;/script&gt;&lt;b&gt;" in page
    assert "__NAME__" not in "".join(made.values())
    assert '"starter"' not in "".join(made.values())


@each
def test_a_name_does_not_change_the_starter(name: str) -> None:
    """Each app has the starter's files afresh."""
    files(name, "Other")
    assert files(name) == files(name, DEFAULT_NAME)


@pytest.mark.parametrize(
    ("name", "shown", "package"),
    [
        ("Tea", "Tea", "tea"),
        ("  a\n\tb \x00c ", "a b c", "a-b-c"),
        ("Café Übung", "Café Übung", "cafe-ubung"),
        ("茶", "茶", DEFAULT_PACKAGE),
        ("", DEFAULT_NAME, "new-app"),
        ("\ud800", DEFAULT_NAME, "new-app"),
        ("--x--", "--x--", "x"),
        ("../../etc", "../../etc", "etc"),
        ("x" * 500, "x" * MAX_NAME, "x" * 60),
    ],
)
def test_names(name: str, shown: str, package: str) -> None:
    """Any text is a name."""
    assert displayed(name) == shown
    assert package_name(displayed(name)) == package
