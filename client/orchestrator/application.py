"""The routes: requests become calls of the service, and what it says becomes answers."""

import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Union

import trio
from quart import Blueprint, Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from client.orchestrator.assets import PAGE, asset
from client.orchestrator.bodies import EVENTS, LINES, Body, CommandLines, ListEvents, RunEvents
from client.orchestrator.command import App, Command
from client.orchestrator.edge import AsgiApp, Edge
from client.orchestrator.refusals import MEDIA_TYPE, Refusal
from client.orchestrator.runs import Run
from client.orchestrator.service import Service

logger = logging.getLogger(__name__)

SERVICE = "callboard-orchestrator"
_BODY = 1024 * 1024
# Whoever sends more gets no answer while it still sends, and may never see it.
_READ = 8 * _BODY
_MAX_SEQ = 2**53
Answer = tuple[dict[str, Any], int]
AnyAnswer = Union[Response, Answer]


def make_app(service: Service, port: int) -> AsgiApp:
    """Put the application together.

    Args:
        service: What does the work.
        port: That it is listened for at.
    """
    quart = QuartTrio(__name__, static_folder=None)
    quart.config.update(MAX_CONTENT_LENGTH=_READ, RESPONSE_TIMEOUT=None, BODY_TIMEOUT=30)
    quart.json.sort_keys = False  # type: ignore[attr-defined]  # of Quart's default provider
    for routes in (_pages(service), _runs(service), _streams(service), _workspaces(service)):
        quart.register_blueprint(routes)
    _answer_errors(quart)
    inner: Any = quart
    return Edge(inner, port)


def _pages(service: Service) -> Blueprint:
    """Make the routes of the page, and those that say what this is."""
    routes = Blueprint("pages", __name__)

    @routes.get("/")
    async def page() -> Response:
        """Serve the page."""
        return _asset(PAGE)

    @routes.get("/assets/<name>")
    async def assets(name: str) -> Response:
        """Serve what the page is made of."""
        return _asset(name)

    @routes.get("/health")
    async def health() -> Answer:
        """Say what this is."""
        return {"status": "ok", "service": SERVICE, "agent": service.agent.address}, HTTPStatus.OK

    return routes


def _runs(service: Service) -> Blueprint:
    """Make the routes of runs."""
    routes = Blueprint("runs", __name__)
    board = service.board

    @routes.post("/api/runs")
    async def create() -> Answer:
        """Make a run."""
        body = await _read_json()
        return _shown(await service.create(body.get("prompt"))), HTTPStatus.CREATED

    @routes.get("/api/runs")
    async def runs() -> Answer:
        """List the runs, the newest first."""
        return {"runs": [run.snapshot() for run in board]}, HTTPStatus.OK

    @routes.get("/api/runs/<run_id>")
    async def run(run_id: str) -> Answer:
        """Show a run."""
        return _shown(board.get(run_id)), HTTPStatus.OK

    @routes.get("/api/runs/<run_id>/messages")
    async def messages(run_id: str) -> Answer:
        """List a run's messages, a page of them."""
        board.get(run_id)
        return {"messages": await board.messages(run_id, _number(request.args.get("after")))}, HTTPStatus.OK

    @routes.delete("/api/runs/<run_id>")
    async def end(run_id: str) -> AnyAnswer:
        """Cancel a run's build and end its app; with `?forget=true`, take it from the list as well."""
        forget = request.args.get("forget") == "true"
        ended = await service.end(run_id, forget=forget)
        return Response(b"", status=HTTPStatus.NO_CONTENT) if forget else (_shown(ended), HTTPStatus.OK)

    @routes.post("/api/runs/<run_id>/start")
    async def start(run_id: str) -> Answer:
        """Start a run's app again."""
        await _read_json()
        return _shown(await service.start(run_id)), HTTPStatus.OK

    @routes.post("/api/runs/<run_id>/message")
    async def message(run_id: str) -> Answer:
        """Take a message of the agent."""
        received = await service.take(run_id, await _read_json())
        answer = {"status": "received", "number": received.number}
        return {**answer, "late": received.late, "repeated": received.repeated}, HTTPStatus.OK

    return routes


def _streams(service: Service) -> Blueprint:
    """Make the routes of event streams."""
    routes = Blueprint("streams", __name__)
    board = service.board

    @routes.get("/api/runs/stream")
    async def all_events() -> Response:
        """Stream what happens to all runs."""
        return _stream(ListEvents(board, _cursor()), EVENTS)

    @routes.get("/api/runs/<run_id>/stream")
    async def events(run_id: str) -> Response:
        """Stream what happens to a run."""
        workspace = board.get(run_id).workspace
        return _stream(RunEvents(board, run_id, _cursor(), lambda: service.commands.log(workspace)), EVENTS)

    return routes


def _workspaces(service: Service) -> Blueprint:
    """Make the route that runs commands."""
    routes = Blueprint("workspaces", __name__)

    @routes.post("/api/workspaces/<workspace>/exec")
    async def execute(workspace: str) -> AnyAnswer:
        """Run a command in a workspace."""
        body = await _read_json()
        command = await service.command(workspace, body.get("command"))
        logger.info("%s: %s", workspace, command.line)
        if command.detached:
            return await _start(service, command), HTTPStatus.OK
        if LINES in request.headers.get("Accept", ""):
            return _stream(CommandLines(service.commands, command), LINES)
        outcome = await service.commands.execute(command)
        return {"exitCode": outcome.code, "stdout": outcome.stdout, "stderr": outcome.stderr}, HTTPStatus.OK

    return routes


async def _start(service: Service, command: Command) -> dict[str, Any]:
    """Start an app, and say whether it runs."""
    # An app that has begun to start goes on starting when whoever asked for it has left.
    started: list[App] = []
    with trio.CancelScope(shield=True) as scope:
        scope.deadline = trio.current_time() + 30
        started.append(await service.start_app(command))
    app = started[0]
    if app.ended.is_set():
        return {"exitCode": app.code, "stdout": app.tail.text, "stderr": ""}
    return {"status": "started", "detached": True, "pid": app.pid}


async def _read_json() -> dict[str, Any]:
    """Return the JSON object of the request.

    Raises:
        Refusal: It has none.
    """
    if request.mimetype != "application/json":
        hint = "Send it with `Content-Type: application/json`."
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be JSON and say so.", hint)
    data = await request.get_data()
    if len(data) > _BODY:
        problem = f"The body is {len(data)} bytes long, and the most is {_BODY}."
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem, "Send less.")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body is not JSON.", "Send one JSON object.") from None
    if not isinstance(value, dict):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "The body is not a JSON object.", "Send one JSON object.")
    return value


def _shown(run: Run) -> dict[str, Any]:
    """Return a run as it is answered, whole."""
    return {**run.snapshot(), "prompt": run.prompt, "seq": run.seq}


def _asset(name: str) -> Response:
    """Serve a file of the page."""
    found = asset(name)
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, f"There is nothing at {request.path!r}.")
    if found.etag in request.headers.get("If-None-Match", ""):
        return Response(b"", status=HTTPStatus.NOT_MODIFIED, headers=found.headers)
    return Response(found.body, headers=found.headers)


def _stream(body: Body, media_type: str) -> Response:
    """Return an answer that goes on."""
    response = Response(body, content_type=media_type)
    response.timeout = None
    return response


def _cursor() -> int:
    """Return the last event that whoever follows knows."""
    return _number(request.headers.get("Last-Event-ID") or request.args.get("after"))


def _number(text: object) -> int:
    """Return a number of the query; 0 for what is none."""
    digits = str(text or "")
    return min(int(digits), _MAX_SEQ) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0


def _answer_errors(quart: QuartTrio) -> None:
    """Answer each error as a problem document."""

    async def foreseen(refusal: Refusal) -> Response:
        return _problem(refusal)

    async def of_http(error: HTTPException) -> Union[Response, HTTPException]:
        if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
            return error
        return _problem(Refusal(error.code, error.description or error.name))

    async def bug(error: Exception) -> Response:
        logger.error("a request failed", exc_info=error)
        hint = "This is a bug in the orchestrator; its log has more."
        return _problem(Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "The orchestrator failed.", hint))

    handlers: tuple[tuple[type[Exception], Callable[[Any], Awaitable[Any]]], ...] = (
        (Refusal, foreseen),
        (HTTPException, of_http),
        (Exception, bug),
    )
    for kind, handler in handlers:
        quart.register_error_handler(kind, handler)


def _problem(refusal: Refusal) -> Response:
    """Return a refusal as an answer."""
    return Response(refusal.body, status=refusal.status, content_type=MEDIA_TYPE)
