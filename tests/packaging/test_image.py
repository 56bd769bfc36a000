"""The files for containers: looked at by hadolint and against the schema of compose, and held against the project.

No Docker is asked to build: `test_container.py` carries out what the image runs.
"""

import fnmatch
import json
import re
import subprocess
from pathlib import Path

import pytest

from app.settings import Settings, load_settings
from tests.docs.markdown import read
from tests.house.project import ROOT, read_pyproject
from tests.packaging.dockerfile import DOCKERFILE, FOLDER, read_dockerfile
from tests.packaging.tools import tool_or_skip

pytestmark = pytest.mark.real

STOPPING_S = 15
"""What a server takes at most to stop, after it has drained: docs/how-to/stop-and-reload.md."""

NGINX = ROOT / "deploy" / "nginx" / "callboard.conf"


def run(*command: object) -> None:
    """Run one of the tools; what it finds is the failure."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_finds_nothing() -> None:
    """At its strictest."""
    run(tool_or_skip("hadolint"), "--failure-threshold", "style", DOCKERFILE)


@pytest.mark.parametrize("name", ["compose.yaml", "sandbox.yaml"])
def test_the_compose_files_fit_the_schema(name: str) -> None:
    """That of the compose specification."""
    run(tool_or_skip("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", FOLDER / name)


def test_each_image_has_a_tag_that_stays() -> None:
    """Each stage begins with an image that is named with its version, or with a stage before it."""
    image = read_dockerfile()
    arguments = dict(step.value.split("=", 1) for step in image.of("", "ARG"))
    assert set(arguments) == {"NODE_IMAGE", "PYTHON_IMAGE"}
    for value in arguments.values():
        assert re.fullmatch(r"[a-z]+:[\d.]+-[a-z-]+", value), value
    for step in image.steps:
        if step.name == "FROM":
            assert re.fullmatch(r"\$\{(NODE|PYTHON)_IMAGE\} AS \w+", step.value), step


def test_what_is_copied_is_there_and_is_sent() -> None:
    """From the project's folder, and not kept out by the file of what is ignored; or from a stage before."""
    image, stages = read_dockerfile(), [""]
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    for step in image.steps:
        if step.name == "FROM":
            stages.append(step.stage)
        if step.name != "COPY":
            continue
        sources = step.words[:-1]
        if sources[0].startswith("--from="):
            assert sources[0][len("--from=") :] in stages[:-1], step
            continue
        for source in sources:
            assert (ROOT / source).exists(), source
            assert Path(source).parts[0] in sent, source
    assert ignored[1] == "*"
    assert all((ROOT / name).exists() for name in sent)


def test_what_the_wheel_needs_is_sent() -> None:
    """Its packages, and what `pyproject.toml` names."""
    project = read_pyproject()
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    named = [*project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], project["project"]["readme"]]
    assert all(f"!{name}" in ignored for name in [*named, *project["project"]["license-files"]])
    # Patterns of what stays behind take nothing of the packages that git has.
    known = subprocess.run(
        ["git", "ls-files", *named], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    patterns = [line[3:] for line in ignored if line.startswith("**/")]
    for path in known.stdout.splitlines():
        assert not any(fnmatch.fnmatch(part, pattern) for part in Path(path).parts for pattern in patterns), path


def test_it_is_no_root_and_can_be_stopped() -> None:
    """A user by number, so that `runAsNonRoot` can be checked; the signal that drains; one command."""
    image = read_dockerfile()
    assert image.only("USER").value == "10001:10001"
    assert image.only("STOPSIGNAL").value == "SIGTERM"
    assert image.only("ENTRYPOINT").words + image.only("CMD").words == ["callboard", "serve"]
    assert image.only("VOLUME").words == [image.only("WORKDIR").value]


def test_its_settings_are_ours() -> None:
    """Each variable with our prefix is a setting; everything that is kept is on the volume."""
    image = read_dockerfile()
    settings: Settings = load_settings(image.env, {})
    volume = Path(image.only("VOLUME").words[0])
    assert volume in settings.data_dir.parents
    assert volume in settings.projects_root.parents
    assert image.only("EXPOSE").value == str(settings.port)
    assert f":{settings.port}" not in image.only("HEALTHCHECK").value


def test_everything_is_installed_by_its_hash() -> None:
    """And no address of an index is named; whoever builds has one."""
    image = read_dockerfile()
    installs = [step.value for step in image.of("wheel", "RUN") if "pip install" in step.value]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--no-index --no-deps" in installs[1]
    for path in FOLDER.iterdir():
        assert not re.search(r"(index-url|registry=|pypi|npmjs)", path.read_text(encoding="utf-8")), path


def test_the_compose_file_agrees_with_what_it_names() -> None:
    """Names of the services, ports and files are those of nginx's configuration, and of the image."""
    compose = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    nginx = NGINX.read_text(encoding="utf-8")
    upstream = (FOLDER / "upstream.conf").read_text(encoding="utf-8")
    assert re.findall(r"server (\S+);", upstream) == ["callboard:3002"]
    (name,) = re.findall(r"proxy_pass http://(\w+);", nginx)
    assert f"upstream {name} " in upstream
    assert set(re.findall(r"ssl_certificate(?:_key)?\s+(\S+)/", nginx)) == {"/etc/ssl/callboard"}
    assert "/etc/ssl/callboard:ro" in compose
    for host in re.findall(r":-([a-z.]+)\}", compose):
        assert host in nginx
    for path in re.findall(r"- (\.\.?/[^:\s]+\.conf):", compose):
        assert (FOLDER / path).is_file(), path
    # What is exported for this file has another prefix than ours: `callboard`, typed there, would refuse it.
    assert not re.findall(r"\$\{CALLBOARD_", compose)
    used = set(re.findall(r"^      (CALLBOARD_\w+):", compose, re.MULTILINE))
    assert {variable[len("CALLBOARD_") :].lower() for variable in used} <= set(Settings.__fields__)


def test_there_is_time_to_stop() -> None:
    """For draining as it is set by itself, and for stopping after it."""
    compose = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"stop_grace_period: (\d+)s", compose)
    assert int(seconds) >= Settings().drain_seconds + STOPPING_S
    assert f"--stop-timeout {seconds}" in read("how-to/deploy-with-docker.md")


def test_the_profile_leaves_the_kernel_alone() -> None:
    """It allows what the unit of systemd does, and nothing that changes the machine."""
    profile = json.loads((FOLDER / "seccomp.json").read_text(encoding="utf-8"))
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    allowed = {name for group in profile["syscalls"] for name in group["names"]}
    assert all(group["action"] == "SCMP_ACT_ALLOW" and "args" not in group for group in profile["syscalls"])
    never = (
        "bpf init_module finit_module kexec_load perf_event_open ptrace reboot settimeofday swapon open_by_handle_at"
    )
    assert not allowed & set(never.split())
    unit = (ROOT / "deploy" / "systemd" / "callboard.service").read_text(encoding="utf-8")
    lines = re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)
    assert lines[0] == "@system-service"
    assert set(" ".join(lines[1:]).split()) == set(profile["syscalls"][1]["names"])


def test_the_how_to_has_the_files_and_the_levels() -> None:
    """Each file is named, and each option that raises the level."""
    page = read("how-to/deploy-with-docker.md")
    for path in FOLDER.iterdir():
        assert path.name in page, path.name
    for line in re.findall(r"^      - (\w+=\S+)$", (FOLDER / "sandbox.yaml").read_text(encoding="utf-8"), re.MULTILINE):
        assert line.split("=")[0] in page
