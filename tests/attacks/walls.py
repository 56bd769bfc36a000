"""Takes one wall out of a confined command, so that the attack that it stops can be seen to win."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from actors.processes.sandbox.confine import Confined
from actors.processes.sandbox.confinement import Confinement
from actors.processes.sandbox.inside.enter import PREFIX
from tests.attacks.ground import Ground

Take = Callable[[Confined, Ground], Confined]
"""Takes a wall out of the command."""

Relax = Callable[[Confinement], Confinement]
"""Takes a limit out of the confinement."""


def same(confined: Confined, ground: Ground) -> Confined:
    """Leave every wall where it is."""
    del ground
    return confined


def show(confined: Confined, ground: Ground) -> Confined:
    """Show everything around the attacker's project, to be written."""
    return _insert(confined, "--bind", str(ground.directory), str(ground.directory))


def show_path(path: str) -> Take:
    """Return what shows one file of the machine."""

    def take(confined: Confined, ground: Ground) -> Confined:
        del ground
        return _insert(confined, "--bind", path, path)

    return take


def share_network(confined: Confined, ground: Ground) -> Confined:
    """Leave the program in the machine's network."""
    del ground
    return _without(confined, "--unshare-net")


def share_processes(confined: Confined, ground: Ground) -> Confined:
    """Leave the program among the machine's processes."""
    del ground
    argv = list(_without(confined, "--unshare-pid").argv)
    place = argv.index("--proc")
    argv[place : place + 2] = ["--ro-bind", "/proc", "/proc"]
    return replace(confined, argv=tuple(argv))


def unfilter(confined: Confined, ground: Ground) -> Confined:
    """Take out the system call filter."""
    del ground
    end = confined.argv.index("--", _program(confined))
    kept = [item for place, item in enumerate(confined.argv) if place > end or not item.startswith("filter=")]
    return replace(confined, argv=tuple(kept))


def let_make_namespaces(confined: Confined, ground: Ground) -> Confined:
    """Take out what keeps a program from making user namespaces, which is two walls."""
    return _without(unfilter(confined, ground), "--disable-userns")


def pass_environment(confined: Confined, ground: Ground) -> Confined:
    """Give the program's environment to what starts it, as anybody would."""
    del ground
    plain = {name[len(PREFIX) :]: value for name, value in confined.environment.items() if name.startswith(PREFIX)}
    return replace(confined, environment={**confined.environment, **plain})


def relax(**changes: Any) -> Relax:
    """Return what changes some limits of the tree; None is no limit."""
    return lambda confinement: replace(confinement, tree=replace(confinement.tree, **changes))


def more_scratch(confinement: Confinement) -> Confinement:
    """Let what is in memory hold more than it may."""
    return replace(confinement, scratch=2 * confinement.scratch + 2**30)


def _program(confined: Confined) -> int:
    """Return where the first program inside begins."""
    return next(place for place, item in enumerate(confined.argv) if Path(item).name == "run.py")


def _insert(confined: Confined, *words: str) -> Confined:
    """Add something to what bubblewrap mounts, after all the rest."""
    argv = list(confined.argv)
    place = argv.index("--remount-ro")
    argv[place:place] = words
    return replace(confined, argv=tuple(argv))


def _without(confined: Confined, word: str) -> Confined:
    """Take one word out of the command."""
    return replace(confined, argv=tuple(item for item in confined.argv if item != word))
