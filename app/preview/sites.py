"""The apps of which is known that somebody looks at them: made when they are asked for, forgotten when nobody does."""

from typing import Final

import trio

from app.front.limits import FrontLimits
from app.preview.project import Previews
from app.preview.settings import PreviewSettings
from app.preview.site import Site

_SITES: Final = 1000
_FORGOTTEN_SECONDS: Final = 60.0


class Sites:
    """One site for each project that is looked at.

    Args:
        previews: The service of projects.
        settings: How apps are shown.
        limits: What a client may cost.
        nursery: For starts.
    """

    def __init__(
        self, previews: Previews, settings: PreviewSettings, limits: FrontLimits, nursery: trio.Nursery
    ) -> None:
        self._previews = previews
        self._settings = settings
        self._limits = limits
        self._nursery = nursery
        self._sites: dict[str, Site] = {}

    def get(self, project: str) -> Site:
        """The app of a project."""
        site = self._sites.get(project)
        if site is None:
            if len(self._sites) >= _SITES:
                self.forget(_SITES // 2)
            site = Site(project, self._previews, self._settings, self._limits, self._nursery)
            self._sites[project] = site
        return site

    def last_visit(self, project: str) -> float:
        """When somebody last looked at it, in trio's seconds: now where somebody does, 0 where nobody is known to."""
        site = self._sites.get(project)
        if site is None:
            return 0.0
        return trio.current_time() if site.busy else site.last_visit

    def prune(self) -> None:
        """Forget what nobody has looked at for a while, and what the others need no more."""
        self.forget(len(self._sites), older_than=trio.current_time() - _FORGOTTEN_SECONDS)
        for site in self._sites.values():
            site.prune()

    def forget(self, count: int, older_than: float = float("inf")) -> None:
        """Forget those that nobody looks at, the longest left first.

        Args:
            count: How many at the most.
            older_than: Only those whose last visit was before this moment, in trio's seconds.
        """
        idle = [site for site in self._sites.values() if not site.busy and site.last_visit < older_than]
        for site in sorted(idle, key=lambda one: one.last_visit)[:count]:
            site.close()
            del self._sites[site.project]

    def close(self) -> None:
        """End what is open of all of them."""
        for site in self._sites.values():
            site.close()
