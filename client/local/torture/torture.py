"""The torture: server after server on the same directories, each checked, used by people, and ended with SIGKILL."""

import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import trio

from client.connection import Endpoint
from client.events import is_final
from client.images import GeneratedImage, random_images
from client.local.torture import processes
from client.local.torture.asking import Asking, open_asking
from client.local.torture.checks.history import PROJECT
from client.local.torture.checks.outbox import misdelivered
from client.local.torture.checks.processes import PROMISED_S, Known, living
from client.local.torture.checks.truth import Row, kept_too_many, unended
from client.local.torture.figures import Figures
from client.local.torture.folder import Folder, bytes_in, names_in
from client.local.torture.followers import Followers
from client.local.torture.journal import read_rows
from client.local.torture.ledger import BUILD, KINDS, Ledger
from client.local.torture.looking import Looker
from client.local.torture.people import Person
from client.local.torture.plan import Ending, Life, chance_of, choose
from client.local.torture.server import KEPT, ServerProcess, crashes, start
from client.local.torture.sink import Sink
from client.local.torture.tidiness import look_at_disk, look_at_versions
from client.local.torture.uploads import look_at_uploads
from client.local.torture.violation import Violation, demand

PEOPLE = 6
PHOTOS = 8
END_S = 150.0
"""Seconds that all jobs, builds and projects have to come to their end, once nobody ends the server any more."""

_LEAVE_S = 4.0
_POLL_S = 0.01
_READ_ONE_IN = 5


@dataclass
class Torture:
    """What goes on from server to server.

    Attributes:
        folder: Where all things are.
        sink: The orchestrator.
        seed: Decides.
        longest: Seconds that a server is used at most.
        figures: What was measured.
        ledger: What is known.
        seen: The last event that each follower has seen.
        deaths: What the journal had when servers died: from the one before the last that was compared, on.
        left: What servers have left whose reapers were killed too: the next one's sweep is to end that.
        temporary: What was among the temporary files when the last one died.
    """

    folder: Folder
    sink: Sink
    seed: int
    longest: float
    figures: Figures
    ledger: Ledger = field(default_factory=Ledger)
    seen: dict[str, int] = field(default_factory=dict)
    deaths: list[dict[str, Row]] = field(default_factory=lambda: [{}])
    left: dict[Known, str] = field(default_factory=dict)
    temporary: set[str] = field(default_factory=set)
    photos: list[GeneratedImage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.photos = random_images(PHOTOS, chance_of(f"{self.seed}/photos"))

    async def live(self, number: int) -> None:
        """Start a server, check it, use it, end it, and check what that left.

        Raises:
            Violation: Something that was promised did not hold.
        """
        life = choose(self.seed, number, self.longest)
        async with self._server(life) as server:
            if life.ending is Ending.KILL_AT_START:
                await self._kill_at_start(server, life)
            else:
                async with self._checked(server, life) as asking:
                    await self._use(server, life, asking)
        await self._after()
        self.figures.rounds += 1
        self.figures.endings[life.ending.name.lower()] += 1

    @asynccontextmanager
    async def _server(self, life: Life) -> AsyncIterator[ServerProcess]:
        """A server for the block, and nothing of it after that, however the block is left."""
        self.sink.life = life.number
        server = await start(self.folder, life, self.sink.url)
        try:
            yield server
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 10):
                if server.runs:
                    server.look()
                    server.signal(signal.SIGKILL)
                    await server.ended(5)
                    await self._gone(server, PROMISED_S)

    async def _kill_at_start(self, server: ServerProcess, life: Life) -> None:
        """Kill a server that has not begun to listen, or has just."""
        await trio.sleep(life.moment)
        await self._kill(server, with_reapers=False)

    @asynccontextmanager
    async def _checked(self, server: ServerProcess, life: Life) -> AsyncIterator[Asking]:
        """Wait until a server listens, and see that it is what the ones before have left; then the way to it."""
        ready = await server.ready()
        self.figures.slowest_ready = max(self.figures.slowest_ready, ready)
        # The sweep comes before the port.
        demand(living(self.left, processes.alive(self.left), ready))
        self.left.clear()
        async with open_asking(server.port) as asking:
            await self.check(asking, life)
            yield asking

    async def check(self, asking: Asking, life: Life) -> None:
        """See that all that was accepted is there, true, whole and owned.

        Raises:
            Violation: It is not.
        """
        looker = Looker(asking, self.ledger, self.sink)
        await look_at_uploads(asking, self.ledger, self.folder, life.number)
        statuses = await looker.compare(self.deaths)
        del self.deaths[:-1]
        chance = chance_of(f"{life.seed}/reading")
        for entry in list(self.ledger.entries.values()):
            again = chance.randrange(_READ_ONE_IN) == 0
            if not entry.read or again:
                ended = entry.kind != PROJECT and is_final(statuses[entry.kind][entry.id].get("state"))
                entry.read = await looker.read(entry) and ended
        await look_at_disk(looker, self.folder, self.temporary, statuses)
        await self._clear_workspaces()

    async def _clear_workspaces(self) -> None:
        """Remove the workspaces of builds that are forgotten, as an orchestrator would: the server never does."""
        known = set(self.ledger.entries)
        unused = [name for name, runs in self.ledger.workspaces.items() if not runs & known]
        for name in unused:
            del self.ledger.workspaces[name]
            await trio.to_thread.run_sync(partial(shutil.rmtree, self.folder.workspaces / name, ignore_errors=True))
        for run in [run for run in self.sink.arrivals if run not in known]:
            self.figures.messages += len(self.sink.arrivals.pop(run))
        for id in [id for id in self.seen if id not in known]:
            del self.seen[id]

    async def _use(self, server: ServerProcess, life: Life, asking: Asking) -> None:
        """Have people use a server until it is ended in the midst of that."""
        async with open_asking(server.port) as streams, trio.open_nursery() as nursery:
            followers = Followers(nursery, Endpoint(streams.address), streams.http, self.ledger, self.seen)
            for entry in self.ledger.entries.values():
                followers.follow(entry)
            for number in range(PEOPLE):
                chance = chance_of(f"{life.seed}/{number}")
                person = Person(life.number, number, chance, asking, self.ledger, followers, self.photos)
                nursery.start_soon(person.live)
            await trio.sleep(life.moment)
            await self._end(server, life)
            # All of them see by themselves that it is gone.
            nursery.cancel_scope.deadline = trio.current_time() + _LEAVE_S

    async def _end(self, server: ServerProcess, life: Life) -> None:
        """End a server as was decided."""
        if life.ending is Ending.KILL_AT_STOP:
            server.look()
            server.signal(signal.SIGTERM)
            if await server.ended(life.stopping) and server.process.returncode:
                raise Violation(f"the server was asked to stop, and ended with {server.process.returncode}")
        await self._kill(server, with_reapers=life.ending is Ending.KILL_WITH_REAPERS)

    async def _kill(self, server: ServerProcess, *, with_reapers: bool) -> None:
        """Kill a server, and see that what it had started ends too."""
        server.look()
        reapers = processes.reapers(self.folder) if with_reapers else {}
        processes.kill(reapers)
        server.signal(signal.SIGKILL)
        await server.ended(5)
        self.figures.processes += len(server.family)
        if with_reapers:
            self.left.update(server.family)
            self.left.update(processes.marked(self.folder.data_id))
        else:
            took = await self._gone(server, PROMISED_S)
            self.figures.slowest_end = max(self.figures.slowest_end, took)

    async def _gone(self, server: ServerProcess, seconds: float) -> float:
        """Wait until nothing of a dead server runs; return how long that took.

        Raises:
            Violation: It took too long.
        """
        began = trio.current_time()
        while True:
            # What it had started in its last moment is not among those that were seen. What is left of one whose
            # reapers were killed is for the next one that starts: this one may have died before its sweep.
            found = {**server.family, **processes.marked(self.folder.data_id)}
            names = {one: name for one, name in found.items() if one not in self.left}
            alive = processes.alive(names)
            took = trio.current_time() - began
            if not alive:
                return took
            if took > seconds:
                raise Violation("; ".join(living(names, alive, took)))
            await trio.sleep(_POLL_S)

    async def _after(self) -> None:
        """Look at what a dead server has left."""
        demand(await trio.to_thread.run_sync(crashes, self.folder))
        self.deaths.append(await trio.to_thread.run_sync(read_rows, self.folder))
        self.temporary = await trio.to_thread.run_sync(names_in, self.folder.temporary)

    async def finish(self, number: int) -> None:
        """Start a server, wait until all has ended, check everything, and stop it in order; and that once more.

        Raises:
            Violation: Something that was promised did not hold.
        """
        self.sink.calm = True
        # The second one begins with all at its end, so that its janitor has all to choose from.
        for last in (number, number + 1):
            life = Life(last, Ending.KILL, 0, 0, "template", bare=False, seed=f"{self.seed}/{last}")
            async with self._server(life) as server, self._checked(server, life) as asking:
                looker = Looker(asking, self.ledger, self.sink)
                await self._until_over(looker, tidied=last > number)
                await self._check_end(looker)
                server.look()
                code = await server.stop()
            if code:
                raise Violation(f"the server was asked to stop, and ended with {code}")
            await self._gone(server, 0)
            await self._after()
            demand(f"{name} among the temporary files: its server has stopped" for name in self.temporary)

    async def _until_over(self, looker: Looker, *, tidied: bool) -> None:
        """Wait until nothing waits or runs, all messages are delivered, and no more is kept than was configured."""
        until = trio.current_time() + END_S
        while True:
            statuses = await looker.statuses()
            found = [problem for kind in KINDS for problem in unended(statuses[kind])]
            if tidied:
                found += [problem for kind in KINDS for problem in kept_too_many(kind, statuses[kind], KEPT[kind])]
            for run, build in statuses[BUILD].items():
                delivery = build["delivery"]
                if delivery["waiting"] or delivery["delivered"] != build["messages"]:
                    found.append(f"{run}: its messages are not delivered, although all had time: {delivery}")
            if not found or trio.current_time() > until:
                break
            await trio.sleep(0.2)
        demand(found)

    async def _check_end(self, looker: Looker) -> None:
        """Check everything, now that nothing moves any more."""
        statuses = await looker.statuses()
        for entry in list(self.ledger.entries.values()):
            if not await looker.read(entry) and entry.id in statuses[entry.kind]:
                raise Violation(f"{entry.id}: it is listed, and has no events")
            if entry.kind != PROJECT and not entry.history.ended and entry.id in statuses[entry.kind]:
                raise Violation(f"{entry.id}: it has ended, and its events do not say so")
            if entry.kind == BUILD and entry.id in statuses[BUILD]:
                told, arrivals = entry.history.told, self.sink.arrivals.get(entry.id, [])
                problem = misdelivered(entry.id, told, arrivals, complete=True)
                demand([problem] if problem else [])
        await look_at_disk(looker, self.folder, (), statuses)
        await look_at_versions(self.folder, statuses[PROJECT])
        self.figures.messages += sum(map(len, self.sink.arrivals.values()))

    async def measure(self) -> None:
        """Take the last figures."""
        self.figures.accepted, self.figures.asked = dict(self.ledger.accepted), dict(self.ledger.asked)
        self.figures.events = self.ledger.checked
        self.figures.megabytes = await trio.to_thread.run_sync(bytes_in, self.folder.root) / 1e6
