"""What a server allows its projects."""

from dataclasses import dataclass, field

from actors.processes.sandbox.confinement import Level
from actors.processes.sandbox.limits import TreeLimits
from actors.projects.egress.limits import EgressLimits
from actors.projects.egress.names import Endpoint, Network


@dataclass(frozen=True)
class HomeSettings:
    """What a server allows its projects.

    Attributes:
        highest: The highest sandbox level that is tried.
        lowest: The lowest level at which a project's programs are run.
        hosts: Hosts that installs may reach besides the package registry's, at public addresses.
        networks: Networks that any of these hosts may be in, public or not.
        scripts: Whether packages' own install scripts are run, confined, without a network and without the store.
        tree: What the processes of one command may use together.
        egress: What one install may use of the network.
        installs: Installs at once on this server.
        store_bytes: Bytes on disk that the store of packages may hold; then it is emptied.
        look_after: Seconds after the start when the package manager is made ready, unless somebody needs it before.
        retry_after: Seconds after a failure before Node or the package manager is looked for again.
    """

    highest: Level = Level.L3
    lowest: Level = Level.L1
    hosts: tuple[Endpoint, ...] = ()
    networks: tuple[Network, ...] = ()
    scripts: bool = False
    tree: TreeLimits = field(default_factory=TreeLimits)
    egress: EgressLimits = field(default_factory=lambda: EgressLimits(received=2 * 2**30))
    installs: int = 2
    store_bytes: int = 4 * 2**30
    look_after: float = 2.0
    retry_after: float = 30.0

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if self.installs < 1 or self.store_bytes < 1 or self.look_after < 0 or self.retry_after < 0:
            raise ValueError(f"the bounds of a server's projects must be positive: {self}")
