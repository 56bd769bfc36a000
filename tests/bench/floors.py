"""How far ahead of the others Callboard has to stay: the table of `./run bench --guard`, which the checks run.

Each is 10 to 20 % under the least median of a few runs, on a busy machine and on a quiet one, when it was set. They are
of processor time and memory alone, which others on the machine change little, and never of times as a client sees them.
Whoever makes something faster raises its floor; whoever has a good reason to make it slower lowers it, and says why in
the commit.
"""

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
    Floor("health-32", "cpu", 0.65),
    Floor("build-32", "cpu", 0.7),
    # What making a file costs the peer changes fivefold with what was removed nearby: see docs/discussion/speed.md.
    Floor("upload-2000x1k", "cpu", 0.36),
    Floor("upload-2000x1k", "family", 0.13),
    Floor("fanout-flat-100", "cpu", 20.0),
    Floor("fanout-flat-1000", "cpu", 42.0),
    Floor("fanout-100-at-50", "cpu", 1.3),
    Floor("idle", "memory", 3.9),
    Floor("download-whole", "cpu", 3.8),
    Floor("download-ranges", "cpu", 1.8),
    Floor("journal", "cpu", 0.35, FLOOR),
    Floor("actors-1000", "message", 3.1),
    Floor("actors-1000", "waking", 0.3),
    Floor("actors-1000", "memory", 1.0),
)
