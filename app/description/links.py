"""Links between operations: what an answer names, and where to go with it (OpenAPI's link objects)."""

from typing import Any, Final

_JOB: Final = ("show_job", "end_job", "retry_job", "fetch_model", "share_job", "events")
_BUILD: Final = ("show_build", "end_build", "retry_build", "events")
_UPLOAD: Final = ("show_upload", "remove_upload", "send_photo", "finish_upload")
_PROJECT: Final = (
    "show_project",
    "show_status",
    "end_project",
    "send_message",
    "continue_project",
    "list_files",
    "fetch_archive",
    "list_versions",
    "fork_project",
    "read_log",
    "call_tool",
    "preview_status",
    "open_preview",
    "stop_server",
    "events",
)
_ID: Final = "$response.body#/id"
_SAME: Final = "$request.path.id"

_MADE: Final = {
    ("upload", "202"): (_JOB, _ID),
    ("retry_job", "202"): (_JOB, _ID),
    ("finish_upload", "202"): (_JOB, _ID),
    ("begin_upload", "201"): (_UPLOAD, _ID),
    ("start_build", "200"): (_BUILD, "$response.body#/runId"),
    ("retry_build", "202"): (_BUILD, "$response.body#/runId"),
    ("generate", "202"): (_PROJECT, _ID),
    ("fork_project", "201"): (_PROJECT, _ID),
}
"""By operation and status: what the new thing's id is good for, and where it is in the answer."""

_VERSION: Final = {"id": _SAME, "version": "$response.body#/versions/0/id"}
_FILE: Final = {"id": _SAME, "path": "$response.body#/files/0/path"}

_FOUND: Final[dict[tuple[str, str], dict[str, dict[str, str]]]] = {
    ("list_versions", "200"): {"compare_versions": _VERSION, "restore_version": _VERSION},
    ("list_files", "200"): {"fetch_file": _FILE},
}
"""By operation and status: what the first thing of a list is good for."""


def link(operation: dict[str, Any]) -> None:
    """Add the links to the answers of one operation, in place."""
    name = operation["operationId"]
    for status, answer in operation["responses"].items():
        targets = dict(_FOUND.get((name, status), {}))
        if (name, status) in _MADE:
            operations, where = _MADE[name, status]
            targets.update({one: {"id": where} for one in operations})
        if targets:
            answer["links"] = {
                one: {"operationId": one, "parameters": parameters} for one, parameters in targets.items()
            }
