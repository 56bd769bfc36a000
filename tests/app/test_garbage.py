"""What a server has from its start to its end is not looked at by later collections."""

import subprocess
import sys

SCRIPT = """
import gc, weakref
from app.garbage import set_start_aside

class Node: pass

stays, ring = Node(), Node()
ring.itself = ring
rest = weakref.ref(ring)
del ring
before = len(gc.get_objects())
assert set_start_aside() > before / 2
assert rest() is None, "garbage was set aside"
assert len(gc.get_objects()) < before / 10
gone = weakref.ref(stays)
del stays
assert gone() is None, "what nothing refers to is kept"
late = Node()
late.itself = late
gone = weakref.ref(late)
del late
gc.collect()
assert gone() is None, "nothing is collected any more"
"""


def test_the_start_is_set_aside() -> None:
    """All but its garbage; what is freed is freed, and what comes later is collected."""
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=60)
