"""Keeps Python's garbage collector from what a server has from its start to its end.

A full collection looks at each object that there is: of a server that has nothing to do those are a hundred thousand,
nearly all of them code, and it takes 80 ms in which nobody is answered. What is set aside is never looked at again, and
is freed all the same when nothing refers to it.
"""

import gc


def set_start_aside() -> int:
    """Have no later collection look at what there is now, but for what is garbage; blocks for the time of one.

    Returns:
        How many objects were set aside.
    """
    gc.collect()
    gc.freeze()
    return gc.get_freeze_count()
