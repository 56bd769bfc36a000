"""What the command's exit codes mean: the one place where they are defined.

`callboard --help` prints this table, the docs repeat it, and a test holds the two together.
"""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of `callboard`."""

    OK = 0
    JOB_FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    SERVER_ERROR = 5
    STUCK = 70
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "it worked; a watched job succeeded; a server ended as a signal told it to",
    Exit.JOB_FAILED: "the job, build or run failed, paused, or was cut short; a check of `selftest`, `setup`"
    ", `doctor` or `torture` fails; a backup or restore could not be done",
    Exit.USAGE: "the command line is wrong, or a file here cannot be read or written",
    Exit.REFUSED: "the server refused the request (HTTP 4xx)",
    Exit.UNREACHABLE: "the server cannot be reached or does not answer",
    Exit.SERVER_ERROR: "the server failed (HTTP 5xx) or answered something that is not Callboard's",
    Exit.STUCK: "a server that `serve` ran could not go on (held up, or no memory), and ended itself; start it again",
    Exit.INTERRUPTED: "interrupted with Ctrl-C; a job that was accepted goes on",
}

_FIRST_SERVER_ERROR = 500
_FIRST_CLIENT_ERROR = 400


def exit_for_status(status: int) -> Exit:
    """Return the exit code for an HTTP status that is not a success.

    Args:
        status: The status of the server's answer.

    Returns:
        REFUSED for 4xx, SERVER_ERROR for everything else.
    """
    if _FIRST_CLIENT_ERROR <= status < _FIRST_SERVER_ERROR:
        return Exit.REFUSED
    return Exit.SERVER_ERROR


def epilog() -> str:
    """Return the table of exit codes as the last paragraph of `callboard --help`."""
    lines = [f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items()]
    # click leaves a paragraph that begins with \b as it is.
    return "\n".join(["\b", "Exit codes:", *lines])
