"""What follows a change: a version."""

from actors.projects.tools.base import Change, ToolContext
from actors.runtime.errors import CallboardError


async def keep_version(context: ToolContext, change: Change) -> str:
    """Have a version kept of a change that was made.

    Returns:
        A note for the result when none could be kept: the change itself stands. Else nothing.
    """
    try:
        await context.changed(change)
    except CallboardError as error:
        return f"\n[no version was kept: {error.problem}. {error.hint}]"
    return ""
