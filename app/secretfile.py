"""A secret from a file of its own, as service managers and containers hand them out; blocking."""

from pathlib import Path
from typing import Any, Final

from actors.runtime.errors import InvalidInput

MAX_BYTES: Final = 4096
"""Of such a file: a token has a few dozen."""


def with_token(values: dict[str, Any]) -> None:
    """Put the token in its place among the settings, where a file has it.

    Raises:
        InvalidInput: The file cannot be used, or the token is given as well.
    """
    if not values.get("token_file"):
        return
    if values.get("token"):
        raise InvalidInput(
            "Both token and token_file are given, and only one token can count.",
            hint="Leave out one of them, also as CALLBOARD_TOKEN or CALLBOARD_TOKEN_FILE.",
        )
    values["token"] = read_secret(Path(values["token_file"]).expanduser(), "token_file")


def read_secret(path: Path, setting: str) -> str:
    """Read a secret: the file's text, without the white space around it.

    Who may read the file is not looked at: systemd and containers keep that themselves, each in its own way.

    Args:
        path: Where it is.
        setting: What names the file, for people.

    Raises:
        InvalidInput: There is no such file, or nothing in it that can be a secret.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(
            f"The file {path} that {setting} names cannot be read: {error.strerror}.",
            hint="Name a file that the server's user can read, which has the secret and nothing else.",
        ) from None
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            f"The file {path} that {setting} names is larger than {MAX_BYTES} bytes.",
            hint="It must have the secret and nothing else.",
        )
    try:
        return content.decode("ascii").strip()
    except UnicodeDecodeError:
        raise InvalidInput(
            f"The file {path} that {setting} names has characters that no secret here has.",
            hint="It must have the secret and nothing else, in ASCII.",
        ) from None
