"""A worker that says again what the real one once said: `python -m tests.claude.fake_worker [DIRECTORY]`.

Which transcript it follows is told by each prompt, by its word `scenario=NAME`; one that names none goes on in the same
transcript, and is greeted where that is at its end. It says what the real one said, up to the next thing that the
server said then, and waits until that is said again: the same word, about the same call. Results may come in any order.
An interrupt may come at any time, and the end of its input too. Whatever else comes ends it with `fatal`, so that a
server that no longer talks as it did is noticed. Where the real one keeps a conversation, it makes a file too, and
it resumes none that has no file.

Standard library only.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from tests.claude.transcripts import PLACE, Entry, read, scenario_in, spoken

INTERRUPTED = "slow-tool"
"""The transcript whose end is said when an interrupt comes where none came then."""

LEAVE: dict[str, Any] = {"op": "close"}
NOT_KEPT = "No conversation found with session ID:"


class Left(Exception):
    """The server is gone, or wants no more."""


class Different(Exception):
    """The server says something else than it did."""


class FakeWorker:
    """One worker.

    Args:
        place: Where the transcripts are.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._dropped: set[int] = set()
        self._results: set[int] = set()
        self._open: list[int] = []
        self._last_call = self._calls_before = 0
        self._cost = self._cost_before = 0.0
        self._start = self._hear()

    def run(self) -> int:
        """Answer prompts until the server leaves; returns the exit code."""
        if self._start["resume"] and not any(self._kept.parent.parent.glob(f"*/{self._kept.name}")):
            text = f"ResultError: Claude Code returned an error result: {NOT_KEPT} {self._start['session']}"
            self._say({"say": "fatal", "kind": "sdk", "text": text})
            return 1
        self._say({"say": "ready", "sdk": "recorded", "cli": "recorded", "pid": os.getpid()})
        prompt = self._hear_prompt()
        entries: Iterator[Entry] = iter(())
        then: Optional[str] = None
        while True:
            entries = self._entries(prompt, entries, then)
            then, prompt = self._follow(entries)

    @property
    def _kept(self) -> Path:
        """The file that the real one keeps the conversation in."""
        directory = re.sub(r"[^A-Za-z0-9]", "-", self._start["cwd"])
        return Path(self._start["config_dir"], "projects", directory, f"{self._start['session']}.jsonl")

    def _keep(self, text: str) -> None:
        """Keep what was said by one of both."""
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        with self._kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"text": text}) + "\n")

    def _entries(self, prompt: str, entries: Iterator[Entry], then: Optional[str]) -> Iterator[Entry]:
        """Return what follows a prompt.

        Args:
            prompt: What the server wants.
            entries: What is left of the transcript that was followed so far.
            then: What the server wanted then, at this point of it.
        """
        self._keep(prompt)
        name = scenario_in(prompt)
        if then is not None and name in (None, scenario_in(then)):
            return entries
        try:
            entries = iter(read(name or "hello", self._place))
        except FileNotFoundError:
            raise Different(f"nothing was recorded of scenario={name}") from None
        self._calls_before, self._cost_before = self._last_call, self._cost
        for entry in entries:
            if entry.get("server", {}).get("op") == "prompt":
                break
        return entries

    def _follow(self, entries: Iterator[Entry]) -> tuple[Optional[str], str]:
        """Say what was said, up to the next prompt; returns what that was then, and what it is now."""
        for entry in entries:
            if "worker" in entry:
                self._say(entry["worker"])
            elif entry.get("server", LEAVE)["op"] in ("prompt", "close"):
                return entry.get("server", LEAVE).get("text"), self._hear_prompt()
            elif not self._agrees(entry["server"]):
                return None, self._hear_prompt()
        return None, self._hear_prompt()

    def _agrees(self, then: Mapping[str, Any]) -> bool:
        """Wait until the server says what it said then, a result or an interrupt; False when it interrupts instead."""
        while then["op"] == "interrupt" or then["id"] + self._calls_before not in self._results:
            now = self._hear()
            if now["op"] == "result":
                self._take_result(now["id"])
            elif now["op"] != "interrupt":
                raise Different(f"then it was {then['op']}, now it is {now['op']}")
            elif then["op"] == "interrupt":
                return True
            else:
                self._leave_off()
                return False
        return True

    def _take_result(self, call: int) -> None:
        """Take in the result of a call."""
        if call not in self._open:
            raise Different(f"no result of call {call} is waited for")
        self._open.remove(call)
        self._results.add(call)

    def _leave_off(self) -> None:
        """End a prompt as the real one does when it is interrupted."""
        for call in list(self._open):
            self._say({"say": "dropped", "id": call - self._calls_before})
        ends = [entry["worker"] for entry in read(INTERRUPTED) if entry.get("worker", {}).get("say") == "end"]
        self._say({**ends[-1], "cost_usd": self._cost - self._cost_before})

    def _hear_prompt(self) -> str:
        """Return what the server wants next; an interrupt between prompts is nothing."""
        while (now := self._hear())["op"] == "interrupt":
            pass
        if now["op"] != "prompt":
            raise Different(f"then it was prompt, now it is {now['op']}")
        return str(now["text"])

    def _hear(self) -> dict[str, Any]:
        """Return what the server says next, but for results that are too late."""
        while True:
            line = sys.stdin.buffer.readline()
            heard: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else LEAVE
            if heard["op"] == "close":
                raise Left
            if heard.get("id") not in self._dropped:
                return heard

    def _say(self, words: Mapping[str, Any]) -> None:
        """Say something. Calls are counted, and costs are summed, over all transcripts that are followed."""
        said = dict(spoken(words, self._start))
        if said["say"] in ("call", "dropped"):
            said["id"] += self._calls_before
            self._note_call(said["id"], wanted=said["say"] == "call")
        elif said["say"] == "text":
            self._keep(said["text"])
        elif said["say"] == "end":
            said["cost_usd"] = self._cost = said["cost_usd"] + self._cost_before
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()

    def _note_call(self, call: int, *, wanted: bool) -> None:
        """Note that a call is wanted, or no longer."""
        if wanted:
            self._open.append(call)
            self._last_call = call
        else:
            self._dropped.add(call)
            self._open = [each for each in self._open if each != call]


def main() -> int:
    """Be a worker; returns the exit code."""
    try:
        return FakeWorker(Path(sys.argv[1]) if sys.argv[1:] else PLACE).run()
    except Left:
        return 0
    except Different as difference:
        sys.stdout.write(json.dumps({"say": "fatal", "kind": "transcript", "text": str(difference)}) + "\n")
        sys.stdout.flush()
        return 1


if __name__ == "__main__":
    sys.exit(main())
