"""People who use the server, each doing one thing after the other by a chance of their own, until it dies."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import trio

from client.form import MultipartBody, Part
from client.images import GeneratedImage
from client.local.torture.asking import PATHS, Answer, Asking, part
from client.local.torture.checks.history import PROJECT
from client.local.torture.followers import Followers
from client.local.torture.ledger import BUILD, JOB, Entry, Ledger
from client.local.torture.plan import chance_of, job_parameters
from client.local.torture.resumable import go_on_with_upload

MOST = {JOB: 8, BUILD: 6, PROJECT: 3}
"""How many of each kind may wait or run at once."""

MOST_EVENTS = 500
"""Events after which a project is removed: the server keeps the newest 1000 of each."""

_PAUSE_S = 0.06
_PROMPTS = ("wine cellar", "habit tracker", "kanban board", "pomodoro clock", "recipes", "let everyone vote")
_CHANGES = ("call it Larder", "make it green", "add a field called colour", "sort by name")
_HALF = 3000


@dataclass
class Person:
    """Somebody.

    Attributes:
        life: Which server this person uses, counted from 1.
        number: Tells this person from others who use it.
        chance: Decides.
        asking: The way to the server.
        ledger: What is known.
        followers: Who follows what is accepted.
        photos: That may be sent.
    """

    life: int
    number: int
    chance: random.Random
    asking: Asking
    ledger: Ledger
    followers: Followers
    photos: "list[GeneratedImage]"
    _count: int = field(default=0)

    @property
    def name(self) -> str:
        """Tells this person from others, over all servers."""
        return f"{self.life}-{self.number}"

    async def live(self) -> None:
        """Do one thing after the other, until an answer stays out."""
        acts: dict[Callable[[], Awaitable[bool]], int] = {
            self.upload: 10,
            self.go_on_with_upload: 12,
            self.upload_half: 1,
            self.build: 6,
            self.generate: 4,
            self.follow_up: 4,
            self.cancel: 4,
            self.retry: 4,
            self.remove: 2,
        }
        while True:
            # Drawn before anything is looked at, so that the same seed makes the same choices.
            act = self.chance.choices(list(acts), weights=list(acts.values()))[0]
            pause = self.chance.uniform(0, _PAUSE_S)
            if not await act():
                return
            await trio.sleep(pause)

    async def upload(self) -> bool:
        """Send photos for a job."""
        images = self.chance.sample(self.photos, self.chance.randint(1, 2))
        fields = {"engine": "simulated", **{name: str(value) for name, value in job_parameters(self.chance).items()}}
        if len(self.ledger.active(JOB)) >= MOST[JOB]:
            return True
        parts = [Part(name, value.encode(), len(value)) for name, value in fields.items()]
        parts += [Part("images", image.data, len(image.data), image.name, image.media_type) for image in images]
        body = MultipartBody(parts)
        return self.accepted(JOB, await self.asking.ask("POST", "/upload", body=body, headers=body.headers))

    async def go_on_with_upload(self) -> bool:
        """Do the next thing with an upload whose photos are sent one by one."""
        chance = chance_of(f"{self.chance.random()}")
        return await go_on_with_upload(self, chance)

    async def upload_half(self) -> bool:
        """Begin an upload and leave it there, until the server dies or this person goes away."""
        seconds = self.chance.uniform(0, 0.2)
        address = self.asking.address
        head = (
            f"POST /upload HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 999999\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="images"; filename="half.jpg"\r\n\r\n'
        )
        try:
            async with await trio.open_tcp_stream(address.host, address.port) as stream:
                await stream.send_all(head.encode() + b"x" * _HALF)
                await trio.sleep(seconds)
        except (OSError, trio.BrokenResourceError):
            return False
        return True

    async def build(self) -> bool:
        """Ask for a build."""
        self._count += 1
        run = f"run-{self.name}-{self._count}"
        workspace = "ws-shared" if self.chance.random() < 0.2 else f"ws-{run}"
        prompt = f"{self.chance.choice(_PROMPTS)} for {self.chance.randint(1, 9_999)}"
        if len(self.ledger.active(BUILD)) >= MOST[BUILD]:
            return True
        # Noted first: the workspace may be there although no answer came.
        self.ledger.use_workspace(workspace, run)
        answer = await self.asking.ask("POST", "/api/build", {"runId": run, "prompt": prompt, "workspaceId": workspace})
        if answer.lost:
            self.ledger.maybe[run] = workspace
        elif answer.accepted:
            self.followers.follow(self.ledger.accept(BUILD, run, workspace))
        return not answer.lost

    async def generate(self) -> bool:
        """Ask for a project, unless there are many; then remove one."""
        prompt = f"a static page: {self.chance.choice(_PROMPTS)}"
        pick = self.chance.random()
        old = [entry for entry in self.ledger.of(PROJECT) if entry.history.last > MOST_EVENTS]
        if old:
            return await self.remove_one(old[0])
        if len(self.ledger.active(PROJECT)) >= MOST[PROJECT]:
            return True
        if pick < 0.2 and self.ledger.of(PROJECT):
            return await self.remove_one(_pick(self.ledger.of(PROJECT), pick / 0.2))
        return self.accepted(PROJECT, await self.asking.ask("POST", "/api/generate", {"prompt": prompt}))

    async def follow_up(self) -> bool:
        """Have a project changed, or go on where it stopped."""
        prompt, pick, goes_on = self.chance.choice(_CHANGES), self.chance.random(), self.chance.random() < 0.2
        projects = self.ledger.of(PROJECT)
        if not projects or len(self.ledger.active(PROJECT)) >= MOST[PROJECT]:
            return True
        at = int(pick * len(projects))
        # Few can go on: each is asked, until one does.
        for entry in [*projects[at:], *projects[:at]] if goes_on else projects[at : at + 1]:
            entry.final = None
            verb, value = ("continue", {}) if goes_on else ("messages", {"prompt": prompt})
            answer = await self.asking.ask("POST", f"{PATHS[PROJECT]}{entry.id}/{verb}", value)
            if answer.accepted:
                self.ledger.count("continue" if goes_on else "message")
                entry.run = max(entry.run, int(answer.value.get("run") or 0))
            if answer.accepted or answer.lost:
                return answer.accepted
        return True

    async def cancel(self) -> bool:
        """Cancel something that waits or runs."""
        pick, active = self.chance.random(), self.ledger.active()
        if not active:
            return True
        entry = _pick(active, pick)
        answer = await self.asking.ask("DELETE", f"{PATHS[entry.kind]}{part(entry.id)}?cancel_only=true")
        if answer.accepted:
            self.ledger.count("cancel")
        if answer.status == 200 and entry.kind != PROJECT:
            entry.final = str(answer.value.get("state"))
        return not answer.lost

    async def retry(self) -> bool:
        """Ask once more for something that has ended."""
        pick = self.chance.random()
        ended = [entry for entry in (*self.ledger.of(JOB), *self.ledger.of(BUILD)) if entry.over]
        if not ended:
            return True
        entry = _pick(ended, pick)
        if len(self.ledger.active(entry.kind)) >= MOST[entry.kind]:
            return True
        answer = await self.asking.ask("POST", f"{PATHS[entry.kind]}{part(entry.id)}/retry")
        if answer.accepted:
            self.ledger.count("retry")
        return self.accepted(entry.kind, answer, entry.workspace)

    async def remove(self) -> bool:
        """Remove something that has ended."""
        pick = self.chance.random()
        ended = [entry for entry in (*self.ledger.of(JOB), *self.ledger.of(BUILD)) if entry.over]
        return await self.remove_one(_pick(ended, pick)) if ended else True

    async def remove_one(self, entry: Entry) -> bool:
        """Have one removed."""
        before, entry.leaving = entry.leaving, True
        answer = await self.asking.ask("DELETE", f"{PATHS[entry.kind]}{part(entry.id)}")
        if answer.status == 204:
            entry.gone = True
            self.ledger.count("remove")
        elif not answer.lost:
            entry.leaving = before
        return not answer.lost

    def accepted(self, kind: str, answer: Answer, workspace: str = "") -> bool:
        """Note what became of a request for something new; return whether there was an answer."""
        if answer.lost:
            self.ledger.lose(kind)
        elif answer.accepted:
            entry = self.ledger.accept(kind, answer.id, workspace)
            if workspace:
                self.ledger.use_workspace(workspace, answer.id)
            self.followers.follow(entry)
        return not answer.lost


def _pick(entries: "list[Entry]", fraction: float) -> Entry:
    """Return the one at a fraction of the list."""
    return entries[int(fraction * len(entries))]
