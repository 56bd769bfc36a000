"""What the contract fixes to the byte."""

TYPES = ("status", "action", "success", "error", "warning", "assistant")

INITIALIZING = "Initializing Happy Llama Python agent..."
SPECIFYING = "Generating PRD and technical specifications..."
STRUCTURING = "Creating application structure..."
FRONTEND = "Building frontend components..."
INSTALLING = "Installing dependencies..."
STARTING = "Starting application server..."
COMPLETED = "\u2705 Application build completed. Orchestrator will verify health."

SEVEN = (INITIALIZING, SPECIFYING, STRUCTURING, FRONTEND, INSTALLING, STARTING, COMPLETED)

HEALTH = {"status": "ok", "service": "happy-llama-agent-python"}
ANSWER_MESSAGE = "Agent is building your application..."

INSTALL = "npm install"
START = "npm start"

PROMPT_LIMIT = 100 * 1024
RUN_ID_LIMIT = 128


def started(run_id: str) -> dict[str, str]:
    """Return the answer to a request for a build.

    Args:
        run_id: As it was asked for.
    """
    return {"status": "started", "runId": run_id, "message": ANSWER_MESSAGE}


def numbered(content: str) -> str:
    """Return a short name of one of the seven messages, such as `message 5`."""
    return f"message {SEVEN.index(content) + 1}"
