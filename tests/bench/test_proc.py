"""What is read of a process is what the kernel says."""

import subprocess
import sys
import time

import pytest

from tests.bench.proc import Meter, Spent, clock, peak, reaped

STAT = "42 (a (strange) name) S 1 42 42 0 -1 4194560 100 0 0 0 700 300 120 30 20 0 1 0 12345 1000000 200"


def test_the_time_of_children_that_have_ended() -> None:
    """User and system, in hundredths; a name may have spaces and parentheses."""
    assert reaped(STAT) == pytest.approx(1.5)


def test_the_most_memory() -> None:
    """In bytes."""
    assert peak("Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t  512 kB\nVmRSS:\t  100 kB\n") == 512 * 1024


def test_what_was_spent_between() -> None:
    """Own and family."""
    assert Spent(3.0, 5.0) - Spent(1.0, 2.0) == Spent(2.0, 3.0)


@pytest.mark.real
def test_the_clock_of_another_process_is_its_own() -> None:
    """It grows while that process works, and is that of no other one; what has ended has none."""
    command = [sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass\nprint(); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        meter = Meter(process.pid)
        process.stdout.readline()
        before = clock(process.pid)
        mine = time.process_time()
        while time.process_time() < mine + 0.05:
            pass
        assert 0.3 <= before < 3
        assert clock(process.pid) - before < 0.05
        figures = meter.read(2)
        assert 0 < figures["cpu"] <= figures["family"] < 3
        assert figures["peak"] > 1 << 20
        process.communicate(b"\n")
    with pytest.raises(OSError, match="Invalid argument"):
        clock(process.pid)
