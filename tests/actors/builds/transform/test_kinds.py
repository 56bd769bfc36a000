"""What an app is taken for, and what is done to it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from actors.builds.base import BuildFailed
from actors.builds.transform.place import place
from actors.builds.transform.placed import Placed
from tests.actors.builds.transform.trees import read_tree, write_tree

pytestmark = pytest.mark.usefixtures("without_sync")

PORT = 5001
START_NEXT = f"next start -H 0.0.0.0 -p {PORT}"
ENV = f"PORT={PORT} HOST=0.0.0.0"


def package(start: str = "", build: str = "", dependencies: tuple[str, ...] = (), **more: str) -> str:
    """Return a `package.json`."""
    scripts = {name: script for name, script in (("start", start), ("build", build)) if script}
    values = {"scripts": scripts, "dependencies": dict.fromkeys(dependencies, "1"), **more}
    return json.dumps(values, indent=2)


def placed(tmp_path: Path, files: Mapping[str, str]) -> tuple[Placed, dict[str, str], dict[str, str]]:
    """Place an app and return the result, what was added to its files, and its scripts."""
    workspace = tmp_path / "workspace"
    workspace.mkdir(parents=True)
    result = place(write_tree(tmp_path / "app", files), workspace, port=PORT, run="run")
    after = read_tree(workspace)
    assert {name: text for name, text in after.items() if name in files and name != "package.json"} == {
        name: text for name, text in files.items() if name != "package.json"
    }
    scripts = json.loads(after["package.json"])["scripts"]
    assert scripts["start"] == result.start
    return result, {name: text for name, text in after.items() if name not in files}, scripts


APPS = {
    "next, app router": (
        {"package.json": package("next start", "next build", ("next",)), "app/page.js": ""},
        ("next", START_NEXT, True),
        ["app/api/health/route.js"],
    ),
    "next, typed, in src, no scripts": (
        {"package.json": package("", "", ("next",)), "src/app/page.tsx": "", "tsconfig.json": "{}"},
        ("next", START_NEXT, True),
        ["src/app/api/health/route.ts"],
    ),
    "next, pages router": (
        {"package.json": package("next dev", "next build", ("next",)), "pages/index.js": ""},
        ("next", START_NEXT, True),
        ["pages/api/health.js"],
    ),
    "next, typed pages in src": (
        {"package.json": package("", "next build", ("next",)), "src/pages/index.tsx": "", "tsconfig.json": "{}"},
        ("next", START_NEXT, True),
        ["src/pages/api/health.ts"],
    ),
    "next with health in a group": (
        {
            "package.json": package("next start", "next build", ("next",)),
            "app/(main)/api/health/route.ts": "",
            "pages/old.js": "",
        },
        ("next", START_NEXT, True),
        [],
    ),
    "next with health as a page": (
        {
            "package.json": package("next start", "next build", ("next",)),
            "app/x.js": "",
            "pages/api/health/index.ts": "",
        },
        ("next", START_NEXT, True),
        [],
    ),
    "next that builds as it starts": (
        {"package.json": package("next build && next start", "next build", ("next",)), "app/page.js": ""},
        ("next", f"next build && {START_NEXT}", False),
        ["app/api/health/route.js"],
    ),
    "next, exported": (
        {
            "package.json": package("next start", "next build", ("next",)),
            "next.config.mjs": "export default {\n  output: 'export' }",
            "app/page.js": "",
        },
        ("next-export", "node server.js", True),
        ["server.js"],
    ),
    "next, export only in a comment": (
        {
            "package.json": package("next start", "next build", ("next",)),
            "next.config.js": "// output: 'export'\n/* output: 'export' */ module.exports = {}",
            "app/page.js": "",
        },
        ("next", START_NEXT, True),
        ["app/api/health/route.js"],
    ),
    "next with a server of its own": (
        {
            "package.json": package("NODE_ENV=production node server.js", "next build", ("next",)),
            "server.js": "http.createServer() // '/api/health'\n'/api/health'",
            "app/page.js": "",
        },
        ("serving", f"{ENV} NODE_ENV=production node server.js", True),
        [],
    ),
    "vite": (
        {"package.json": package("", "vite build", ("vite",)), "index.html": "", ".env": "A=1"},
        ("vite", "node server.js", True),
        ["server.js"],
    ),
    "vite with preview": (
        {"package.json": package("vite preview", "", ("vite",), type="module"), "index.html": ""},
        ("vite", "node server.js", True),
        ["server.js"],
    ),
    "vite beside an unused server": (
        {"package.json": package("vite", "vite build", ("vite",)), "server.js": "x"},
        ("vite", "node callboard-server.js", True),
        ["callboard-server.js"],
    ),
    "vite with a server of its own": (
        {"package.json": package("node api/server.js", "vite build", ("vite",)), "api/server.js": "'/api/health'"},
        ("serving", f"{ENV} node api/server.js", True),
        [],
    ),
    "create react app": (
        {
            "package.json": package("react-scripts start", "react-scripts build", ("react-scripts",)),
            "public/index.html": "",
        },
        ("cra", "node server.js", True),
        ["server.js"],
    ),
    "a server": (
        {"package.json": package("node server.js"), "server.js": "app.get('/api/health')"},
        ("serving", f"{ENV} node server.js", False),
        [],
    ),
    "a server that is built": (
        {"package.json": package("node dist/main.js", "tsc"), "src/main.ts": "'/api/health'"},
        ("serving", f"{ENV} node dist/main.js", True),
        [],
    ),
    "a server that no script starts": (
        {"package.json": package(), "index.js": "require('express'); '/api/health'", "index.html": ""},
        ("serving", f"{ENV} node index.js", False),
        [],
    ),
    "a server that is the main file": (
        {"package.json": package(main="./lib/web.js"), "lib/web.js": "http.createServer(); '/api/health'"},
        ("serving", f"{ENV} node lib/web.js", False),
        [],
    ),
    "files": (
        {"index.html": "<h1>", "index.js": "alert(1)"},
        ("static", "node server.js", False),
        ["package.json", "server.js"],
    ),
    "files in public": (
        {"package.json": package(), "public/index.html": "<h1>"},
        ("static", "node server.js", False),
        ["server.js"],
    ),
}


@pytest.mark.parametrize("case", APPS)
def test_an_app_can_be_started(tmp_path: Path, case: str) -> None:
    """Each kind gets its start script and what it lacks, and keeps all else; no warning where all is well."""
    files, expected, added = APPS[case]
    result, new, scripts = placed(tmp_path, files)
    assert (result.kind, result.start, result.needs_build) == expected
    assert sorted(new) == added
    assert not result.needs_build or scripts["build"]
    assert "server.js that" in "".join(result.notes) if "unused" in case else result.notes == ()


def test_a_placed_app_is_placed_the_same_again(tmp_path: Path) -> None:
    """What we added to an app is taken for ours when it comes back."""
    for case in ("vite", "files", "next, exported", "next, app router", "a server"):
        root = tmp_path / case
        result, _, _ = placed(root, APPS[case][0])
        before = read_tree(root / "workspace")
        again = place(_copy(root), root / "workspace", port=PORT, run="2")
        assert (again.kind, again.start) == (result.kind, result.start)
        assert read_tree(root / "workspace") == before


def _copy(root: Path) -> Path:
    """Copy what was placed."""
    return write_tree(root / "copy", read_tree(root / "workspace"))


NOTED = {
    "sets X-Frame-Options": {
        "package.json": package("", "", ("next",)),
        "app/page.js": "",
        "next.config.js": "headers: [{key: 'X-Frame-Options'}]",
    },
    "middleware.ts runs before": {"package.json": package("", "", ("next",)), "app/x.js": "", "middleware.ts": "x"},
    "sets basePath": {
        "package.json": package("", "", ("next",)),
        "app/x.js": "",
        "next.config.ts": "export default { basePath: '/docs' }",
    },
    "neither an app nor a pages directory": {"package.json": package("", "", ("next",))},
    "no /api/health": {"package.json": package("node x.js"), "x.js": "1"},
    "frame-ancestors": {"package.json": package("node x.js"), "x.js": "app.use(helmet()); '/api/health'"},
    "on port 3000 whatever": {"package.json": package("node x.js"), "x.js": "app.listen(3000); '/api/health'"},
    "sets base to /sub/": {"package.json": package("", "", ("vite",)), "vite.config.ts": "base: '/sub/'"},
}


@pytest.mark.parametrize("said", NOTED)
def test_what_we_do_not_change_is_noted(tmp_path: Path, said: str) -> None:
    """A person can act on it."""
    result, _, _ = placed(tmp_path, NOTED[said])
    assert [note for note in result.notes if said in note], result.notes


def test_where_a_build_goes_is_read(tmp_path: Path) -> None:
    """As far as it is written plainly; never out of the app."""
    vite = {"package.json": package("", "", ("vite",)), "vite.config.js": "build: { outDir: './web/out/' }"}
    assert '"folder": "web/out"' in placed(tmp_path / "1", vite)[1]["server.js"]
    vite["vite.config.js"] = "build: { outDir: 'x/../../y' }"
    assert '"folder": "dist"' in placed(tmp_path / "2", vite)[1]["server.js"]


def test_code_that_is_slow_to_read(tmp_path: Path) -> None:
    """Texts made to be matched again and again take no longer than others."""
    slow = {
        "package.json": package(f"next start {' ' * 4000}", "next build", ("next",)),
        "app/page.js": "",
        "next.config.js": "/*" * 120_000,
        "middleware.js": "//" * 120_000,
        "vercel.json": "helmet " * 30_000,
    }
    assert placed(tmp_path, slow)[0].kind == "next"


def test_nothing_to_start(tmp_path: Path) -> None:
    """It fails, and the workspace is as it was."""
    workspace = write_tree(tmp_path / "workspace", {"package.json": "{}", "a": "b"})
    with pytest.raises(BuildFailed, match="nothing to start") as caught:
        place(write_tree(tmp_path / "app", {"README.md": ""}), workspace, port=PORT, run="run")
    assert caught.value.code == "transform_kind"
    assert caught.value.hint
    assert read_tree(workspace) == {"package.json": "{}", "a": "b"}
    assert list((workspace / ".callboard").iterdir()) == []
