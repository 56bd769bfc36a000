"""The bill of materials of a release: `python -m tests.packaging.bill WHEEL FILE`, in CycloneDX's JSON.

It is that of an environment with the wheel and with exactly what `requirements.lock` lists, by its hash: what a server
is made of that was installed by the lock, as the container's image is.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.house.project import ROOT
from tests.packaging.tools import tool

INSTALL_S = 600


def write_bill(environment: Path, file: Path) -> None:
    """Write the bill of an environment, the same each time.

    Args:
        environment: Its folder.
        file: To write.
    """
    _call(
        *(tool("cyclonedx-py"), "environment", "--pyproject", ROOT / "pyproject.toml", "--mc-type", "application"),
        *("--output-reproducible", "--output-format", "JSON", "--output-file", file, environment / "bin" / "python"),
    )


def main(wheel: str, file: str) -> None:
    """Install the wheel by the lock, in an environment that goes again, and write its bill."""
    with tempfile.TemporaryDirectory(prefix="callboard-bill-") as folder:
        environment, uv = Path(folder) / "environment", Path(sys.executable).with_name("uv")
        _call(uv, "venv", "--quiet", "--python", sys.executable, environment)
        install = (uv, "pip", "install", "--no-config", "--quiet", "--python", environment / "bin" / "python")
        _call(*install, "--require-hashes", "-r", ROOT / "requirements.lock")
        _call(*install, "--no-index", "--no-deps", wheel)
        write_bill(environment, Path(file))


def _call(*command: object) -> None:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=INSTALL_S, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main(*sys.argv[1:])
