"""What a soak has found: each series, judged after its warm-up, and all that went wrong (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.faults.flatness import Tolerance, Verdict, judge

WARM_UP = 1 / 3
"""The part of the whole time that is not judged."""

MIB = 1024 * 1024
SERIES: Mapping[str, Tolerance] = {
    "rss": Tolerance(0.02, 2 * MIB, MIB, "MiB"),
    "pss": Tolerance(0.03, 3 * MIB, MIB, "MiB"),
    "family_pss": Tolerance(0.05, 6 * MIB, MIB, "MiB"),
    "descriptors": Tolerance(0.05, 4),
    "tasks": Tolerance(0.05, 6),
    "threads": Tolerance(0.05, 2),
    "processes": Tolerance(0.05, 1),
    "journal": Tolerance(0.02, MIB / 4, MIB, "MiB"),
    "directory": Tolerance(0.05, 2 * MIB, MIB, "MiB"),
}
"""What each may rise after the warm-up: from twice to five times what two soaks without a leak rose in half an hour."""

Samples = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Outcome:
    """What came of a soak.

    Attributes:
        samples: What was measured, and when.
        done: How often each thing was done.
        wrong: What should not have been.
        left: What did not come back after the load.
        crashes: Tracebacks in the server's log.
    """

    samples: Samples
    done: Mapping[str, int]
    wrong: Sequence[str]
    left: Sequence[str]
    crashes: int

    @property
    def verdicts(self) -> list[Verdict]:
        """Each series, judged."""
        return verdicts(self.samples)

    @property
    def fine(self) -> bool:
        """Whether nothing rose, was wrong, or stayed."""
        return all(one.flat for one in self.verdicts) and not (self.wrong or self.left or self.crashes)

    @property
    def line(self) -> str:
        """All of it in one line."""
        loads = sorted(sample["load"] for sample in self.samples)
        return (
            f"{'flat' if self.fine else 'NOT FLAT'} after {self.samples[-1]['at'] / 60:.1f} minutes at a load of "
            f"{loads[len(loads) // 2]:.1f}; first -> last after the warm-up (rise of what is allowed): "
            f"{'; '.join(map(str, self.verdicts))}; done {dict(self.done)}; "
            f"wrong {len(self.wrong)}, left {len(self.left)}, tracebacks {self.crashes}"
        )


def verdicts(samples: Samples) -> list[Verdict]:
    """Judge what came after the warm-up.

    Args:
        samples: At least one, with when it was taken and a value of each series.
    """
    judged = samples[int(len(samples) * WARM_UP) :]
    times = [sample["at"] for sample in judged]
    return [judge(name, times, [one[name] for one in judged], tolerance) for name, tolerance in SERIES.items()]
