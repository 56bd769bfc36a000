"""Starts the reaper: `python -I -S run_reaper.py CONTROL ORDER` (two descriptors; see `actors.processes.reaper`).

A program of its own, and this short, because Python keeps no compiled form of the file that it is started with. Run by
file path and isolated: nothing in a working directory can be imported in place of what is meant.
"""

import os
import sys

if __name__ == "__main__":
    # Last in the path: nothing that is installed can stand in for the standard library.
    sys.path.append(__file__.rsplit(os.sep, 3)[0])
    from actors.processes.reaper import main

    os._exit(main(int(sys.argv[1]), int(sys.argv[2])))
