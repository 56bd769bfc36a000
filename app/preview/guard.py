"""Whether a request for an app may go on: beside the policy of the server itself, and never in its place. Pure.

The host says which app is meant, so it is known to be one of ours. What a browser was made to send by a page that is
not the app's own is refused, but for opening it, which changes nothing and which nobody else can read or frame.
Below a path the app's own pages have no origin: `null` is theirs, and whoever says it has to know the project's id.
"""

from collections.abc import Sequence
from typing import Final, Optional

from app.preview.keys import Keys, cookie, cookie_name, holder_in
from app.preview.naming import Names, Place
from app.problems import Header
from app.security import Caller, Denial, Gate, is_own_origin, judge_host, needs_token
from app.security.scopes import PREVIEWS

_OPENING: Final = frozenset({"document", "iframe", "frame"})
_ELSEWHERE: Final = Denial(403, "A page of another site made the browser send this request.", "Open the app itself.")


class Guard:
    """Judges requests for apps.

    Args:
        names: Of the apps.
        gate: Of the server.
        keys: What lets browsers in.
    """

    def __init__(self, names: Names, gate: Gate, keys: Keys) -> None:
        self._names = names
        self._gate = gate
        self._policy = gate.policy
        self._keys = keys

    async def admit(self, caller: Caller, headers: Sequence[Header], place: Place) -> Optional[Denial]:
        """Whether a request may go on, by the tokens as they are when it comes.

        Returns:
            None when it may, otherwise what to answer.
        """
        denial = self.judge_host(caller, place) or self._judge_browser(caller, headers, place)
        if denial is None and self._needs_token(caller) and self._keyed(caller, headers, place) is None:
            await self._gate.catch_up(caller)
        return denial or self._judge_key(caller, headers, place)

    def judge_host(self, caller: Caller, place: Place) -> Optional[Denial]:
        """Whether it asks for a name of ours."""
        if place.mode == "path":
            return judge_host(caller, self._policy)
        if place.mode == "port" and not self._names.is_for_port(caller.host, place):
            return Denial(421, f"This app does not go by the name {caller.host!r}.", "Open it from its preview page.")
        return None

    def _judge_browser(self, caller: Caller, headers: Sequence[Header], place: Place) -> Optional[Denial]:
        if place.mode != "host" and any(name.lower() == b"service-worker" for name, _ in headers):
            # It would outlive the app at an address that is not the app's alone.
            return Denial(403, "Service workers need a host of the app's own.", "Open the app under such a host.")
        if place.mode == "path":
            foreign = caller.origin not in (None, "null") and not is_own_origin(caller, self._policy)
            return _ELSEWHERE if foreign else None
        if caller.origin is not None and not is_own_origin(caller, self._policy):
            return _ELSEWHERE
        if caller.fetch_site in (None, "none", "same-origin") or is_opening(caller):
            return None
        return _ELSEWHERE

    def holder(self, caller: Caller, headers: Sequence[Header], place: Place) -> Optional[str]:
        """Whose token lets a request in that may go on: what `Gate.lease_of` takes; None where none is needed."""
        if not self._needs_token(caller):
            return None
        return self._keyed(caller, headers, place) or self._gate.holder_id(caller)

    def _judge_key(self, caller: Caller, headers: Sequence[Header], place: Place) -> Optional[Denial]:
        if not self._needs_token(caller) or self._keyed(caller, headers, place) is not None:
            return None
        return self._gate.judge_token(caller, PREVIEWS)

    def _needs_token(self, caller: Caller) -> bool:
        return needs_token(caller, self._policy, local=self._names.is_local(caller.host))

    def _keyed(self, caller: Caller, headers: Sequence[Header], place: Place) -> Optional[str]:
        """Whose token opened the way in that a request uses, if that is good still."""
        if place.mode == "path":
            found = None if self._names.is_passed_on(caller) else self._keys.granted_to(place.project, caller.peer)
        else:
            shown = cookie(headers, cookie_name(place.project))
            good = shown is not None and self._keys.is_session(shown, place.project)
            found = holder_in(shown) if shown is not None and good else None
        return found if found is not None and self._gate.is_current(found, PREVIEWS) else None


def is_opening(caller: Caller) -> bool:
    """Whether it only opens a page, in a tab or in a frame."""
    return caller.method in ("GET", "HEAD") and caller.fetch_mode == "navigate" and caller.fetch_dest in _OPENING
