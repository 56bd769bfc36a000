"""A program that answers like a Python with venv and pip, and does as a file beside it says: quick, and offline."""

import sys
from pathlib import Path

_PROGRAM = """#!{python} -I
import json, os, pathlib, shutil, sys, time

PLACE = pathlib.Path({place!r})
mode = (PLACE / "mode").read_text()
words = sys.argv[1:]

def note(name, text):
    (PLACE / (name + ".part")).write_text(text)
    os.replace(PLACE / (name + ".part"), PLACE / name)

def pip():
    note("environment", json.dumps(dict(os.environ)))
    note("arguments", json.dumps(words))
    (pathlib.Path(os.environ["TMPDIR"]) / "half-a-file").write_bytes(b"x")
    print("  Downloading claude_agent_sdk-1.2.3-py3-none-any.whl (166.2 MB)")
    print("Progress 0 of 166200000")
    print("Progress 83100000 of 166200000", flush=True)
    if mode == "hang":
        note("pip.pid", str(os.getpid()))
        for _ in range(3000):
            if (PLACE / "go").exists():
                break
            time.sleep(0.02)  # in a process that nothing here can wake
    if mode.startswith("fail"):
        print(mode.partition(" ")[2])
        sys.exit(1)
    print("Installing collected packages: one, two, claude-agent-sdk")

def venv(folder):
    (folder / "bin").mkdir(parents=True)
    (folder / "lib" / "python3.12" / "site-packages" / "pip-24.2.dist-info").mkdir(parents=True)
    shutil.copy(__file__, folder / "bin" / "python")

if words[1:3] == ["-m", "venv"]:
    if mode == "venv":
        sys.exit("no such thing")
    venv(pathlib.Path(words[3]))
elif words[1:3] == ["-m", "pip"]:
    pip()
elif "claude_agent_sdk" in words[-1]:
    if mode == "broken":
        raise ImportError("libanswer.so.42 is missing")
    print(json.dumps(dict(sdk="1.2.3", cli="4.5.6", program=mode != "bare")))
else:
    print(json.dumps([{name!r}, {version!r}, {implementation!r}, {has_venv!r}]))
"""


class FakePython:
    """A program in a folder of its own.

    Args:
        folder: The folder.
        version: What it says that it is.
        implementation: The same.
        has_venv: Whether it says that it can make environments.
    """

    def __init__(
        self,
        folder: Path,
        *,
        version: tuple[int, int, int] = (3, 12, 1),
        implementation: str = "cpython",
        has_venv: bool = True,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / "python3"
        text = _PROGRAM.format(
            python=sys.executable,
            place=str(folder),
            name=str(self.path),
            version=list(version),
            implementation=implementation,
            has_venv=has_venv,
        )
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(0o755)
        self.behave("good")

    def behave(self, mode: str) -> None:
        """Choose what it does: good, hang, venv, broken, bare, or `fail TEXT` for what pip says then.

        Args:
            mode: The word.
        """
        (self.folder / "mode").write_text(mode, encoding="utf-8")

    def go(self) -> None:
        """End the wait of `hang`."""
        (self.folder / "go").touch()

    def noted(self, name: str) -> str:
        """Return what its pip wrote down: environment, arguments or pip.pid; empty when it did not run."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""


def write_lock(path: Path, version: str = "1.2.3") -> Path:
    """Write a lock of the SDK.

    Args:
        path: The file.
        version: The SDK's version.
    """
    path.write_text(f"claude-agent-sdk=={version} \\\n    --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    return path
