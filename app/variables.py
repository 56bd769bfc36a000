"""The environment's variables that are settings, or say where things are: their names, and what is wrong with them."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from actors.runtime.errors import FieldError

PREFIX: Final = "CALLBOARD_"
"""What the name of an environment variable begins with; the rest is the setting's name in capitals."""

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "PORT": "port",
        "ORCHESTRATOR_URL": "orchestrator_url",
        "WORKSPACES_ROOT": "workspaces_root",
        "APP_FACTORY_PYTHON": "app_factory_python",
        "APP_FACTORY_DIR": "app_factory_dir",
        "APP_FACTORY_ENV": "app_factory_env",
        "TRUSTED_PEERS": "trusted_peers",
    }
)
"""Names without the prefix that are taken too, because they are those of the builder contract."""

FOR_THE_CLIENT: Final = frozenset({"CALLBOARD_URL"})
"""What the client reads, and the server does not."""


def values_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Find the settings in the environment, by their names; an empty variable is none, and ours win over aliases."""
    values = {name: environment[alias] for alias, name in ALIASES.items() if environment.get(alias)}
    for name, value in environment.items():
        if value and name.startswith(PREFIX) and name not in FOR_THE_CLIENT:
            values[name[len(PREFIX) :].lower()] = value
    return values


def problems_of(error: ValidationError, settings: Iterable[str]) -> tuple[FieldError, ...]:
    """Say what is wrong with each value; of a setting that there is not, which one was probably meant.

    Args:
        error: What pydantic found.
        settings: The names of all settings.
    """
    known = frozenset(settings)
    found = ((str(item["loc"][0]), str(item["msg"])) for item in error.errors())
    return tuple(FieldError(name, words if name in known else _unknown(name, known)) for name, words in found)


def _unknown(name: str, settings: frozenset[str]) -> str:
    variables = [*sorted(FOR_THE_CLIENT), *(f"{PREFIX}{one.upper()}" for one in sorted(settings))]
    variable = f"{PREFIX}{name.upper()}"
    near = get_close_matches(variable, variables, n=1)
    return f"there is no setting {variable}{f', but {near[0]} is one' if near else ''}"


def default_data_dir() -> Path:
    """`$XDG_STATE_HOME/callboard`, as the XDG Base Directory Specification has it for state."""
    state = os.environ.get("XDG_STATE_HOME", "")
    # The specification: a relative path there is to be ignored.
    base = Path(state) if state.startswith("/") else Path("~/.local/state").expanduser()
    return base / "callboard"
