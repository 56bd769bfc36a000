"""`generate`, `projects`, `files`, `logs`, `rm`, and what `watch`, `status` and `cancel` make of a project."""

import json
from pathlib import Path
from typing import Any

import pytest

from client.exits import Exit
from tests.client.projects.standin import PATH, PROJECT, archive, callboard, event, lines_of, served, some_events

pytestmark = pytest.mark.real


def is_plain(text: str) -> bool:
    """Whether there is no control character but line ends."""
    return not any(ord(character) < 32 and character != "\n" for character in text)


def test_an_app_is_made_and_watched() -> None:
    """Each step is told, and at the end where it is; what comes after the run is not waited for."""
    with served() as standin:
        done = callboard(standin, "generate", "a shop", "--name", "Shop")
        (asked,) = standin.asked("POST", "/api/generate")
    assert done.exit_code == Exit.OK, done.output
    assert json.loads(asked.body) == {"prompt": "a shop", "name": "Shop"}
    for told in (
        f"accepted as {PROJECT}, generator template",
        "queued, number 1 in the queue",
        "template sets to work",
        " 20% writing",
        "+ src/app.js (120 bytes)",
        "write_file src/app.js (0.01 s)",
        "install_dependencies (12 s): no way",
        "No model was asked.\nAnd none will be.\n",
        "it is overloaded; tried again in 4 s (1 of 3)",
        "no model was asked",
        "version v1: created src/app.js",
        "the app's server crashed: Error: port; it is started again in 2.0 s",
        "error: it broke; mend it",
        "result: title Shop",
        f"look at it: {standin.url}{PATH}/preview",
        f"callboard pull {PROJECT} DIR",
    ):
        assert told in done.stdout, told
    assert "nobody looks at it" not in done.stdout
    assert done.stdout.count("succeeded") == 1
    assert is_plain(done.stdout)


def test_a_hint_is_shown_once() -> None:
    """Where the server has one; and it is in what programs read."""
    hint = "`claude` could make it too: callboard generate --generator claude"
    with served(hint=hint) as standin:
        assert callboard(standin, "generate", "a shop").stdout.count(hint) == 1
        lines = lines_of(callboard(standin, "--json", "generate", "a shop"))
    assert [line["hint"] for line in lines if line.get("hint")] == [hint]


def test_json_lines_and_nothing_else() -> None:
    """The events are as the server sent them."""
    with served() as standin:
        lines = lines_of(callboard(standin, "--json", "generate", "a shop"))
    assert (lines[0]["id"], lines[0]["run"]) == (PROJECT, 1)
    assert lines[1:-1] == some_events()[:-1]
    assert (lines[-1]["type"], lines[-1]["address"]) == ("generated", f"{standin.url}{PATH}/preview")


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted", "paused"])
def test_an_app_that_is_not_made(state: str) -> None:
    """The exit code says so, and the words what is left of it, and how it goes on."""
    with served(events=some_events(state=state), state=state) as standin:
        done = callboard(standin, "generate", "a shop")
    assert done.exit_code == Exit.JOB_FAILED
    assert f"what was made is kept: callboard files {PROJECT}" in done.stdout
    assert f"callboard logs {PROJECT}" in done.stdout
    assert f"to go on where it stopped: callboard continue {PROJECT}" in done.stdout
    assert ("--budget-usd" in done.stdout) is (state == "paused")


def test_going_on() -> None:
    """With a larger budget; it is watched as any other run."""
    with served(state="paused", later=some_events(run=2, first=19), run=2) as standin:
        more = ("--budget-usd", "2.5", "--budget-turns", "9", "--budget-tokens", "1000", "--budget-minutes", "1.5")
        done = callboard(standin, "--json", "continue", PROJECT, *more)
        callboard(standin, "continue", PROJECT, "--no-follow")
        first, second = standin.asked("POST", f"{PATH}/continue")
    budget = {"turns": 9, "tokens": 1000, "cost_usd": 2.5, "seconds": 90.0}
    assert (json.loads(first.body), json.loads(second.body)) == ({"budget": budget}, {})
    lines = lines_of(done)
    assert [line["seq"] for line in lines[1:-1]] == list(range(19, 36))
    assert (lines[-1]["type"], done.exit_code) == ("generated", Exit.OK)


def test_a_budget() -> None:
    """Of a new project, and of a change; what is no budget is not sent."""
    with served(run=2, later=some_events(run=2, first=19)) as standin:
        callboard(standin, "generate", "a shop", "--budget-usd", "1", "--no-follow")
        callboard(standin, "generate", "greener", "--project", PROJECT, "--budget-turns", "2", "--no-follow")
        (new,), (changed,) = standin.asked("POST", "/api/generate"), standin.asked("POST", f"{PATH}/messages")
        for wrong in (
            ("usd", "0"),
            ("usd", "nan"),
            ("usd", "inf"),
            ("turns", "1.5"),
            ("tokens", "-1"),
            ("minutes", "x"),
        ):
            done = callboard(standin, "generate", "a shop", f"--budget-{wrong[0]}", wrong[1])
            assert done.exit_code == Exit.USAGE, wrong
    assert json.loads(new.body)["budget"] == {"cost_usd": 1.0}
    assert json.loads(changed.body)["budget"] == {"turns": 2}


def test_a_change() -> None:
    """The run before is not told again, and its end is not taken for that of this one."""
    with served(later=some_events(run=2, first=19), run=2) as standin:
        done = callboard(standin, "--json", "generate", "greener", "--project", PROJECT, "--generator", "template")
        (asked,) = standin.asked("POST", f"{PATH}/messages")
    lines = lines_of(done)
    assert json.loads(asked.body) == {"prompt": "greener", "generator": "template"}
    assert [line["seq"] for line in lines[1:-1]] == list(range(19, 36))
    assert lines[-2]["data"]["run"] == 2
    assert done.exit_code == Exit.OK


def test_not_followed() -> None:
    """How to watch it is said."""
    with served() as standin:
        done = callboard(standin, "generate", "a shop", "--no-follow")
    assert f"to watch it: callboard watch {PROJECT}" in done.stdout
    assert not [one for one in standin.seen if one.target.startswith("/ws/")]


def test_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview's page is opened, once the app is there."""
    opened: list[str] = []

    def show(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", show)
    with served() as standin:
        callboard(standin, "generate", "a shop", "--open")
        assert opened == [f"{standin.url}{PATH}/preview"]
        standin.events = some_events(state="failed")
        callboard(standin, "generate", "a shop", "--open")
    assert len(opened) == 1


def test_watching_what_goes_on() -> None:
    """Over a break, to the end of the present run."""
    with served(run=2, events=[*some_events(), *some_events(run=2, first=19)]) as standin:
        standin.sockets.append(("close", 1013, 20))
        done = callboard(standin, "--json", "watch", PROJECT)
    assert [line["seq"] for line in lines_of(done)] == list(range(1, 36))
    assert done.exit_code == Exit.OK


def test_watching_what_is_done() -> None:
    """All that happened is shown, page by page, and nothing is waited for."""
    with served(state="failed", events=some_events(state="failed")) as standin:
        done = callboard(standin, "--json", "watch", PROJECT, "--after", "3")
    assert [line["seq"] for line in lines_of(done)] == list(range(4, 19))
    assert done.exit_code == Exit.JOB_FAILED


def test_watching_what_pauses() -> None:
    """How it goes on is said."""
    with served(state="paused", events=some_events(state="paused")) as standin:
        done = callboard(standin, "watch", PROJECT)
    assert done.exit_code == Exit.JOB_FAILED
    assert f"callboard continue {PROJECT} --budget-usd" in done.stdout


@pytest.mark.parametrize(
    "last", [event(9, "gap", missed_from=1, missed_to=9, snapshot={"state": "succeeded", "run": 1}), event(9, "end")]
)
def test_an_end_that_was_missed(last: dict[str, Any]) -> None:
    """A snapshot tells it, or the removal of the project."""
    if last["type"] == "end":
        last["data"] = {"state": "succeeded"}
    with served(events=[last]) as standin:
        assert callboard(standin, "watch", PROJECT).exit_code == Exit.OK


def test_status_and_cancel() -> None:
    """A project has a status of its own."""
    with served() as standin:
        done = callboard(standin, "status", PROJECT)
        for fact in ("Shop", "running", "writing", "40%", "2 of 5, 3 s left", "v3", "it broke", "2026-02-01, 30 days"):
            assert fact in done.stdout, fact
        assert callboard(standin, "cancel", PROJECT).exit_code == Exit.OK
        assert standin.seen[-1].target == f"{PATH}?cancel_only=true"


def test_what_it_has_used() -> None:
    """And what it may use; in the list, what it has cost."""
    usage = {"input_tokens": 9, "output_tokens": 2, "cached_tokens": 700, "cost_usd": 0.25, "turns": 3, "seconds": 61}
    budget = {"turns": 40, "cost_usd": 5.0, "seconds": 600.0}
    with served(state="paused", usage={**usage, "model": "some-model"}, budget=budget) as standin:
        status = callboard(standin, "status", PROJECT).stdout
        listed = callboard(standin, "projects", "--state", "paused", "--limit", "1").stdout
        assert standin.seen[-1].target.startswith("/api/projects?state=paused")
    assert "paused" in status
    used = "some-model: 9 tokens read, 700 cached, 2 written, 3 turns, 0.2500 USD, 1 min 01 s"
    assert used in status
    assert "at most 40 turns, 5.00 USD, 10 min 00 s" in status
    assert "0.25 USD" in listed


def test_projects() -> None:
    """Page by page."""
    with served() as standin:
        done = callboard(standin, "--json", "projects", "--limit", "120")
        plain = callboard(standin, "projects", "--limit", "1").stdout
    assert [line["id"] for line in lines_of(done)] == [f"project-{number}" for number in range(250, 130, -1)]
    assert "a shop" in plain


def test_files(tmp_path: Path) -> None:
    """Listed, shown as they are, saved."""
    with served() as standin:
        listed = callboard(standin, "files", PROJECT).stdout
        assert [line.split()[-1] for line in listed.splitlines()] == ["path", "index.html", "photo.png"]
        for name, content in standin.files.items():
            assert callboard(standin, "files", PROJECT, name).stdout_bytes == content
        shown = lines_of(callboard(standin, "--json", "files", PROJECT, "photo.png"))
        assert shown[0]["base64"] == "if8="
        saved = callboard(standin, "files", PROJECT, "photo.png", "-o", str(tmp_path / "a.png"))
        assert (saved.exit_code, (tmp_path / "a.png").read_bytes()) == (Exit.OK, b"\x89\xff")
        assert callboard(standin, "files", PROJECT, "none").exit_code == Exit.REFUSED
        for path in ("../x", "/etc/passwd", "a//b", ".", ""):
            assert callboard(standin, "files", PROJECT, path).exit_code == Exit.USAGE
        assert callboard(standin, "files", PROJECT, "-o", "x").exit_code == Exit.USAGE


def test_logs() -> None:
    """Line by line, with whoever printed it."""
    lines = [
        {"time": f"2026-01-01T00:00:0{n}.000Z", "source": "dev server", "text": f"\x1b]0;x\x07{n}"} for n in (1, 2)
    ]
    with served(lines=lines) as standin:
        done = callboard(standin, "logs", PROJECT)
        assert done.stdout == "00:00:01 dev server: 1\n00:00:02 dev server: 2\n"
        assert lines_of(callboard(standin, "--json", "logs", PROJECT)) == [{"type": "line", **line} for line in lines]


def test_rm() -> None:
    """With all that it has, whatever it does."""
    with served() as standin:
        assert callboard(standin, "rm", PROJECT).exit_code == Exit.OK
        assert standin.seen[-1].target == PATH


@pytest.mark.parametrize(
    "command", [("rm",), ("files",), ("logs",), ("pull",), ("continue",), ("generate", "x", "--project")]
)
def test_an_id_of_something_else(command: tuple[str, ...], tmp_path: Path) -> None:
    """Nothing is asked for with it: `rm` must not reach a build."""
    rest = [str(tmp_path / "x")] if command == ("pull",) else []
    with served() as standin:
        done = callboard(standin, *command, "job-1", *rest)
    assert (done.exit_code, standin.seen) == (Exit.USAGE, [])


def test_pull(tmp_path: Path) -> None:
    """Into a new folder, or as an archive; nothing that is there is replaced unless that is wanted."""
    zipped = archive(("shop/index.html", b"<p>"), ("shop/src/", b""), comment=b"out was left out: a link.")
    with served(zipped=zipped) as standin:
        done = callboard(standin, "pull", PROJECT, str(tmp_path / "a" / "shop"))
        assert done.exit_code == Exit.OK, done.output
        assert "out was left out" in done.stdout
        assert (tmp_path / "a" / "shop" / "index.html").read_bytes() == b"<p>"
        assert callboard(standin, "pull", PROJECT, str(tmp_path / "a" / "shop")).exit_code == Exit.USAGE
        assert callboard(standin, "pull", PROJECT, str(tmp_path / "a" / "shop"), "--force").exit_code == Exit.OK
        saved = tmp_path / "shop.zip"
        assert callboard(standin, "pull", PROJECT, str(saved)).exit_code == Exit.OK
        assert saved.read_bytes() == zipped
        assert callboard(standin, "pull", PROJECT, str(saved)).exit_code == Exit.USAGE
        standin.zipped = b"PK"
        assert callboard(standin, "pull", PROJECT, str(tmp_path / "b")).exit_code == Exit.SERVER_ERROR
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "shop.zip"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["shop"]
