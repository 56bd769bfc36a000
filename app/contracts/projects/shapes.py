"""The shapes of what a project has: files, versions, tools, its output and its server."""

from typing import Any, Literal, Optional

from pydantic import BaseModel, Field

from actors.projects.files import listing
from actors.projects.versions import store


class FilesQuery(BaseModel):
    """Which files to list."""

    after: str = Field("", description="`next` of the page before.")
    limit: int = Field(listing.DEFAULT_PAGE, ge=1, le=listing.MAX_PAGE)
    all: bool = Field(False, description="List also what is not source, such as `node_modules`.")


class FileModel(BaseModel):
    """A file of a project."""

    path: str
    size: int = Field(..., description="Bytes.")
    type: str = Field(..., description="Its media type; `inode/symlink` for a link.")
    modified: str
    executable: bool


class FilesModel(BaseModel):
    """Files, in the order of their paths."""

    files: list[FileModel]
    next: Optional[str] = Field(None, description="`after` of the next page; null on the last one.")


class VersionsQuery(BaseModel):
    """Which versions to list."""

    before: Optional[str] = Field(None, description="`next` of the page before.")
    limit: int = Field(store.DEFAULT_PAGE, ge=1, le=store.MAX_PAGE)


class ChangedModel(BaseModel):
    """How many paths a version changed."""

    added: int
    modified: int
    removed: int


class VersionModel(BaseModel):
    """A state of a project's source that was kept."""

    id: str
    parent: Optional[str] = Field(None, description="The version before it, which may be gone; null for the first.")
    time: str
    label: str = Field(..., description="For people.")
    cause: str = Field(..., description="What changed the project: a tool, a restore.")
    files: int
    bytes: int
    changed: ChangedModel
    notes: list[str] = Field(..., description="What is not in it, and why.")


class VersionsModel(BaseModel):
    """Versions, the newest first."""

    versions: list[VersionModel]
    next: Optional[str] = Field(None, description="`before` of the next page; null on the last one.")


class DiffQuery(BaseModel):
    """What to compare."""

    before: Optional[str] = Field(None, alias="from", description="The version to compare with; else the one before.")
    path: Optional[str] = Field(None, description="The one file to look at.")


class FileChangeModel(BaseModel):
    """What has changed at one path."""

    path: str
    change: Literal["added", "removed", "modified", "mode"]
    kind: str = Field(..., description="`file`, `link`, `directory` or `too-large`.")
    old_size: Optional[int] = None
    new_size: Optional[int] = None
    executable: bool
    binary: bool
    text: str = Field(..., description="The difference, in the unified format.")
    lines_added: Optional[int] = None
    lines_removed: Optional[int] = None
    cut: bool = Field(..., description="Whether the text lacks something.")


class DiffModel(BaseModel):
    """What has changed from one version to another."""

    before: str = Field(..., alias="from")
    to: str
    files: list[FileChangeModel]
    total: int = Field(..., description="How many paths have changed.")
    cut: bool = Field(..., description="Whether there are more than are listed.")


class ToolModel(BaseModel):
    """One thing that can be done in a project."""

    name: str
    title: str
    seconds: float = Field(..., description="The longest that it may take.")
    parameters: dict[str, Any] = Field(..., description="JSON Schema.")


class ToolsModel(BaseModel):
    """All of them."""

    tools: list[ToolModel]


class ToolResultModel(BaseModel):
    """What a tool found or did."""

    tool: str
    ok: bool = Field(..., description="Whether it did what it was asked for; `text` says what to do when it did not.")
    text: str
    data: dict[str, Any] = Field(..., description="The same for programs.")
    cut: bool = Field(..., description="Whether there was more than `text` has.")


class LogQuery(BaseModel):
    """Which lines to read."""

    after: int = Field(0, ge=0, lt=2**63, description="`next` of the page before.")
    limit: int = Field(500, ge=1, le=5000)


class LineModel(BaseModel):
    """A line that was printed."""

    time: str
    source: str = Field(..., description="Who printed it: a tool, or the dev server.")
    text: str


class LogModel(BaseModel):
    """Lines that were printed, the oldest first."""

    lines: list[LineModel]
    next: int = Field(..., description="`after` of the next page, which may be empty until more is printed.")
    missed: int = Field(..., description="Bytes between `after` and the first line, which are no longer kept.")


class ServerModel(BaseModel):
    """How a project's server is."""

    state: Literal["stopped", "starting", "running", "crashed"]
    url: Optional[str] = Field(None, description="The page that shows the app; null unless it runs.")
    reason: str
    tail: list[str] = Field(..., description="The last lines that it printed.")
