"""Starts the first program of a confinement: `python -I -S run.py FIELD... -- ARGV...` (see `enter`).

A program of its own, and this short, because Python keeps no compiled form of the file that it is started with.
"""

import os
import sys

if __name__ == "__main__":
    sys.path.append(__file__.rsplit(os.sep, 5)[0])
    from actors.processes.sandbox.inside.enter import main

    main(sys.argv[1:])
