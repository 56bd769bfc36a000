"""What the caller may do here, so that a page can offer what works and leave out what does not."""

from datetime import datetime, timezone
from typing import Any, Literal, Optional

from pydantic import BaseModel, Field
from quart import Blueprint, request
from spectree import Response as Answers

from app.openapi import documented
from app.security import access_of


class MeModel(BaseModel):
    """What the caller may do."""

    name: Optional[str] = Field(
        ..., description="Of the caller's token; `default` is the setting `token`. Null where no token is needed."
    )
    scope: Literal["metrics", "read", "run", "admin"] = Field(
        ..., description="What it may do: read figures, also look, also start and cancel, also remove."
    )
    expires: Optional[str] = Field(..., description="When the token ends, UTC; null for never.")


def add_me(routes: Blueprint) -> None:
    """Add the route."""

    @routes.get("/api/me")
    @documented(resp=Answers(HTTP_200=MeModel), tags=["operations"])
    async def show_me() -> dict[str, Any]:
        """Tell what the caller may do: by its token, or by being on this machine where that needs none."""
        access = access_of(request.scope)
        return {"name": access.name, "scope": access.scope.value, "expires": _written(access.ends)}


def _written(ends: Optional[float]) -> Optional[str]:
    if ends is None:
        return None
    return datetime.fromtimestamp(ends, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
