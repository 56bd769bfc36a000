"""How far ahead of the others Callboard has to stay: the table of `./run bench --guard`, which the checks run.

Each is 10 to 35 % under the least median of several runs on a quiet machine when it was set: medians differ so much
from day to day. What a first look of three rounds misses, seven more decide. They are of processor time and memory
alone, which others on the machine change little, and never of times as a client sees them. What has no floor is named,
with why. Whoever makes something faster raises its floor; whoever has a good reason to make it slower lowers it, and
says why in the commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.sides import FLOOR, PEER


@dataclass(frozen=True)
class Floor:
    """The least that a ratio may be.

    Attributes:
        case: Of which piece of work.
        figure: Of what it cost.
        ratio: What the other side's cost by Callboard's has to be at least, as the median of all rounds.
        side: The other side.
    """

    case: str
    figure: str
    ratio: float
    side: str = PEER


FLOORS = (
    Floor("health-1", "cpu", 1.05),
    Floor("health-32", "cpu", 0.95),
    Floor("build-1", "cpu", 1.0),
    Floor("build-32", "cpu", 1.0),
    Floor("upload-2000x1k", "cpu", 0.55),
    Floor("upload-2000x1k", "family", 0.13),
    Floor("upload-200x200k", "cpu", 0.6),
    Floor("fanout-flat-1", "cpu", 0.55),
    Floor("fanout-flat-100", "cpu", 20.0),
    Floor("fanout-flat-1000", "cpu", 42.0),
    Floor("fanout-flat-1000", "cpu", 9.0, FLOOR),
    Floor("fanout-100-at-50", "cpu", 1.3),
    Floor("fanout-100-at-5", "cpu", 0.95),
    Floor("fanout-1000-at-50", "cpu", 2.4),
    Floor("idle", "memory", 3.9),
    Floor("download-whole", "cpu", 4.0),
    Floor("download-ranges", "cpu", 2.5),
    Floor("download-slow", "cpu", 2.2),
    Floor("first-event", "cpu", 0.09),
    Floor("accept-builds", "cpu", 0.15),
    Floor("journal", "cpu", 0.4, FLOOR),
    Floor("actors-1000", "message", 2.7),
    Floor("actors-1000", "waking", 0.35),
    Floor("actors-1000", "spawn", 0.18),
    Floor("actors-1000", "memory", 1.0),
)

UNGUARDED: Mapping[str, str] = {
    "upload-1x500m": "What it costs is the disk's, and 500 MB are written for each side and round.",
    "fanout-flat-10": "Between fanout-flat-1 and fanout-flat-100, which are guarded.",
    "fanout-1-at-50": "One subscriber costs both sides what an event costs at all: its commit, or nothing.",
    "fanout-flat-5000": "Needs more open files than many machines allow.",
    "fanout-flat-10000": "Needs more open files than many machines allow.",
    "fanout-1000-at-5": "Three seconds of waiting a round and side; fanout-1000-at-50 and fanout-100-at-5 are guarded.",
    "idle-10000": "Needs more open files than many machines allow.",
    "stalled": "Takes 25 seconds for a round of both sides, and so a minute and a half in the guard.",
    "lines-shown": "The peer takes 20 seconds and 600 MB for each round.",
    "lines-kept": "Callboard and the peer take 15 seconds or more for each round.",
    "accept-jobs": "What it costs is to receive a photo and the disk's; first-event is guarded and does the same.",
    "actors-10": "So few actors take so little memory and time that a page or a tick decides; actors-1000 is guarded.",
    "actors-100": "Between actors-10 and actors-1000; the latter is guarded.",
    "actors-10000": "The same as actors-1000, which is guarded, with more of them.",
    "restart": "There is nobody to compare with: the peer has forgotten everything by then.",
}
"""Why a case has no floor, by its name; each case has either a floor or a reason."""
