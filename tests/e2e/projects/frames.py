"""What is in an iframe of a page in the browser, which the page itself may not see."""

from dataclasses import dataclass, field
from typing import Any, Optional

import trio

from tests.app.web.browser import PATIENCE, Document, Tab, value_of

_BETWEEN = ("Cannot find", "navigated", "No target", "Session with given id")


@dataclass
class Frame(Document):
    """The page in an iframe, which the page around it may not look into.

    Attributes:
        tab: The page around it.
        element: The iframe's id.
        sessions: Those with frames that have a process of their own.
    """

    tab: Tab
    element: str
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:  # type: ignore[override]
        """What the page and what is in it complained about."""
        return self.tab.problems

    async def evaluate(self, expression: str) -> Any:
        """Run JavaScript in the frame's page, once it has one; waits for a promise."""
        with trio.fail_after(PATIENCE):
            while True:
                try:
                    return value_of(await self._evaluate(expression))
                except (KeyError, RuntimeError) as error:
                    # Between two documents there is nothing to evaluate in.
                    if isinstance(error, RuntimeError) and not any(words in str(error) for words in _BETWEEN):
                        raise
                await trio.sleep(0.05)  # between looks, with a deadline

    async def _evaluate(self, expression: str) -> dict[str, Any]:
        """Run JavaScript where the frame's page is at this moment."""
        found = await self.tab.call("Runtime.evaluate", expression=f"document.getElementById('{self.element}')")
        node = await self.tab.call("DOM.describeNode", objectId=found["result"]["objectId"])
        frame = node["node"]["frameId"]
        session = await self._session(frame)
        world = {} if session else {"contextId": self.tab.worlds[frame]}
        return await self.tab.connection.call(
            "Runtime.evaluate",
            session or self.tab.session,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            **world,
        )

    async def _session(self, frame: str) -> Optional[str]:
        """The session of a frame that has a process of its own; None when it has not."""
        targets = (await self.tab.connection.call("Target.getTargets"))["targetInfos"]
        if frame not in {target["targetId"] for target in targets}:
            return None
        if frame not in self.sessions:
            attached = await self.tab.connection.call("Target.attachToTarget", targetId=frame, flatten=True)
            self.sessions[frame] = attached["sessionId"]
        return self.sessions[frame]
