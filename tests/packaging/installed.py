"""Tries a wheel as people install it: `python -m tests.packaging.installed WHEEL PYTHON INSTALLER [EXTRA]`.

INSTALLER is `uv` or `pipx`; both make an environment that has nothing in it. EXTRA is that of `pyproject.toml`. The
last line of the output says what was shown. `./run wheel` does this on each Python.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actors.jobs.engines.glb_inspect import inspect_glb
from tests.house.project import ROOT
from tests.packaging.tools import tool

INSTALL_S, DEMO_S, START_S = 600, 300, 60

THEIRS = ("actors", "app", "client")
"""Modules of the user's own, which are called as our packages are."""

TEMPLATES = (
    "actors/builds/transform/templates",
    "actors/generators/template/files",
    "actors/projects/generators/template/files",
    "actors/projects/starters",
)
"""What apps are made of: no Python, and so not in the wheel of itself."""

WHERE = "import actors, pathlib; print(pathlib.Path(actors.__file__).parent.parent)"

PROBE = "import app.web.page as page, sys; sys.exit(not page.Page(page.DIST).is_built)"


@dataclass(frozen=True)
class Installed:
    """An installed Callboard.

    Attributes:
        folder: Everything that it is given: its home, and where it is called from.
        commands: Where the installer put the command.
        python: That of its environment.
    """

    folder: Path
    commands: Path
    python: Path

    @property
    def environment(self) -> dict[str, str]:
        """What it is called with: no setting of the machine's, and no path but those of the system."""
        return {"PATH": f"{self.commands}:{os.defpath}", "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def call(self, *command: str, seconds: float = START_S) -> str:
        """Run a command in the user's folder; return what it says.

        Raises:
            SystemExit: It fails, and what it said.
        """
        done = subprocess.run(
            command,
            cwd=self.folder / "project",
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
        return done.stdout


def install(wheel: Path, python: str, installer: str, extra: str, folder: Path) -> Installed:
    """Install the wheel with its extra, from whichever index the machine has.

    Raises:
        SystemExit: It cannot be installed.
    """
    homes, commands = folder / "tools", folder / "bin"
    what = f"callboard{f'[{extra}]' if extra else ''} @ {wheel.absolute().as_uri()}"
    variables = {
        "UV_TOOL_DIR": homes,
        "UV_TOOL_BIN_DIR": commands,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
        "PIPX_HOME": homes,
        "PIPX_BIN_DIR": commands,
        "PIPX_MAN_DIR": folder / "man",
    }
    command: Sequence[str] = (installer, "install", "--python", python, what)
    if installer == "uv":
        command = (str(Path(sys.executable).with_name("uv")), "tool", *command[1:], "--quiet")
    elif installer == "pipx":
        command = (str(tool("pipx")), *command[1:])
    environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    environment.pop("PYTHONPATH", None)
    # Not here: this project's own constraints are not the user's.
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=INSTALL_S, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    (interpreter,) = homes.glob("callboard/bin/python") if installer == "uv" else homes.glob("venvs/*/bin/python")
    return Installed(folder, commands, interpreter)


def lay_traps(folder: Path) -> None:
    """Make the folder of a user who has modules of our packages' names; to run one of them is a failure."""
    folder.mkdir()
    for name in THEIRS:
        (folder / f"{name}.py").write_text(f"raise SystemExit('{name}.py is the user\\'s own, and was run')\n")


def try_demo(installed: Installed, extra: str) -> str:
    """Have it make a model, and look at that.

    Raises:
        SystemExit: There is none, or not of the photos where those are looked at.
    """
    began = time.monotonic()
    said = installed.call(
        "callboard", "demo", "--once", "--port", "0", "--data-dir", str(installed.folder / "demo"), seconds=DEMO_S
    )
    model = inspect_glb(installed.folder / "project" / "callboard-demo.glb")
    made_up = "makes up a model" in " ".join(said.split())
    if made_up == (extra == "reconstruct"):
        raise SystemExit(f"the demo does not say of its model where it comes from:\n{said}")
    kind = "made-up model" if made_up else "model of the photos"
    return f"the demo made a {kind} ({model.triangles} triangles, {time.monotonic() - began:.0f} s)"


@contextmanager
def server(installed: Installed) -> Iterator[str]:
    """A server from the wheel; its address."""
    log = installed.folder / "server.log"
    data = installed.folder / "served"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["callboard", "serve", "--port", "0", "--data-dir", str(data)],
            executable=installed.commands / "callboard",
            cwd=installed.folder / "project",
            env=installed.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        until = time.monotonic() + START_S
        while not (found := re.search(r"listening on port (\d+)", log.read_text(encoding="utf-8"))):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server does not start:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.1)  # between two looks at another process, by a program without an event loop
        yield f"http://127.0.0.1:{found[1]}"
        process.terminate()
        if process.wait(START_S):
            raise SystemExit(f"the server does not stop with 0:\n{log.read_text(encoding='utf-8')}")
    finally:
        process.kill()
        process.wait()


def try_templates(installed: Installed) -> str:
    """Compare what apps are made of with this tree: whether the server could use it depends on the machine, too.

    Raises:
        SystemExit: Some of it is not there, or is not the same.
    """
    home = Path(installed.call(str(installed.python), "-I", "-c", WHERE).strip())
    files = [
        path
        for folder in TEMPLATES
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    bad = []
    for path in files:
        there = home / path.relative_to(ROOT)
        if not there.is_file() or there.read_bytes() != path.read_bytes():
            bad.append(str(path.relative_to(ROOT)))
    if bad or not files:
        raise SystemExit(f"the templates are not in the wheel as they are here: {', '.join(bad)}")
    return f"it has the {len(files)} files of the templates"


def try_server(installed: Installed) -> str:
    """Ask a server for what comes from files of the wheel.

    Raises:
        SystemExit: Some of it is not there.
    """
    installed.call(str(installed.python), "-I", "-c", PROBE)
    with server(installed) as url:
        page = get(f"{url}/", accept="text/html")
        scripts = re.findall(r'src="\.?(/assets/[^"]+)"', page)
        if not scripts or not all(get(f"{url}{script}") for script in scripts):
            raise SystemExit(f"the page is not in the wheel:\n{page[:500]}")
        generators = json.loads(get(f"{url}/health/ready"))["generators"]
        if not generators["template"]["available"] and "Node" not in generators["template"]["reason"]:
            raise SystemExit(f"the template cannot be used: {generators['template']}")
    return "the server showed the page"


def get(url: str, accept: str = "*/*") -> str:
    """Ask for something on this machine."""
    asked = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=START_S) as answer:
        text: str = answer.read().decode()
        return text


def main(wheel: str, python: str, installer: str, extra: str = "") -> None:
    """Install a wheel, and show that it works in a folder that has modules of the same names.

    Raises:
        SystemExit: It does not, and how.
    """
    with tempfile.TemporaryDirectory(prefix="callboard-wheel-") as folder:
        began = time.monotonic()
        installed = install(Path(wheel), python, installer, extra, Path(folder))
        took = time.monotonic() - began
        lay_traps(installed.folder / "project")
        version = installed.call("callboard", "--version").strip()
        isolated = installed.call(str(installed.python), "-I", "-m", "client", "--version").strip()
        if isolated != version:
            raise SystemExit(f"python -I -m client says {isolated!r}, and callboard {version!r}")
        shown = [try_demo(installed, extra), try_templates(installed), try_server(installed)]
    sys.stdout.write(f"{version}, installed by {installer} in {took:.0f} s: {'; '.join(shown)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
