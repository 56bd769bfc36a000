"""The settings: from the environment, from flags, and refused when they are wrong."""

from pathlib import Path

import pytest

from actors.runtime.errors import InvalidInput
from app.settings import Settings, load_settings
from app.variables import default_data_dir


def test_defaults() -> None:
    """They are what the reference says; nothing has to be given."""
    settings = load_settings({}, {})
    assert (settings.port, settings.bind, settings.journal) == (3002, ("127.0.0.1", "::1"), "file")


def test_flags_win_over_the_environment() -> None:
    """And the prefixed name wins over its alias."""
    environment = {"PORT": "1", "CALLBOARD_PORT": "2", "CALLBOARD_JOBS_AT_ONCE": "7", "OTHER": "x"}
    assert load_settings({"PORT": "1"}, {}).port == 1
    assert load_settings({"PORT": ""}, {}).port == 3002
    assert load_settings(environment, {"port": None}).port == 2
    settings = load_settings(environment, {"port": 3})
    assert (settings.port, settings.jobs_at_once) == (3, 7)


def test_lists() -> None:
    """A list is separated by commas."""
    settings = load_settings({"CALLBOARD_BIND": " 127.0.0.1 , ::1,", "CALLBOARD_HOSTS": ""}, {})
    assert settings.bind == ("127.0.0.1", "::1")
    assert settings.hosts == ()


@pytest.mark.parametrize(
    ("environment", "field"),
    [
        ({"CALLBOARD_PROT": "1"}, "prot"),
        ({"CALLBOARD_PORT": "many"}, "port"),
        ({"PORT": "65536"}, "port"),
        ({"CALLBOARD_TOKEN": "short"}, "token"),
        ({"CALLBOARD_JOURNAL": "paper"}, "journal"),
        ({"CALLBOARD_EVENTS_PER_SECOND": "nan"}, "events_per_second"),
        ({"CALLBOARD_KEEP_DAYS": "0"}, "keep_days"),
    ],
)
def test_errors_name_the_setting(environment: dict[str, str], field: str) -> None:
    """What cannot be used is named, and a secret is not repeated."""
    with pytest.raises(InvalidInput) as caught:
        load_settings(environment, {})
    assert [error.field for error in caught.value.errors] == [field]
    assert field in caught.value.problem
    assert "short" not in caught.value.problem.split(":", 2)[-1].replace("shorter", "")


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("CALLBOARD_TOKNE", "CALLBOARD_TOKEN"),
        ("CALLBOARD_DATADIR", "CALLBOARD_DATA_DIR"),
        ("CALLBOARD_URLS", "CALLBOARD_URL"),
    ],
)
def test_a_mistyped_setting_is_told_what_was_meant(variable: str, meant: str) -> None:
    """By the name of the variable, since that is what has to be mended."""
    with pytest.raises(InvalidInput) as caught:
        load_settings({variable: "/somewhere/long/enough"}, {})
    assert f"there is no setting {variable}, but {meant} is one" in caught.value.problem


def test_what_is_like_no_setting_is_told_nothing() -> None:
    """A guess that is far off would mislead."""
    with pytest.raises(InvalidInput, match="there is no setting CALLBOARD_QQQQQQQQQQQQQQQQ\\."):
        load_settings({"CALLBOARD_QQQQQQQQQQQQQQQQ": "1"}, {})


def test_the_clients_variables_are_no_settings() -> None:
    """A client on the same machine has variables with the same prefix."""
    assert load_settings({"CALLBOARD_URL": "http://127.0.0.1:1"}, {}).port == 3002


def test_frozen() -> None:
    """Nobody changes a setting of a server that runs."""
    with pytest.raises(TypeError):
        load_settings({}, {}).port = 1  # type: ignore[misc]  # that is what is tested


def test_default_data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is where the XDG specification has it; a relative path there is ignored."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "callboard"
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / ".local" / "state" / "callboard"


def test_the_data_dir_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Child processes have working directories of their own: a relative path would be another one there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert Settings(data_dir=Path("data")).data_dir == tmp_path / "data"
    assert load_settings({"CALLBOARD_DATA_DIR": "~/data"}, {}).data_dir == tmp_path / "home" / "data"


def test_where_nobody_may_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a service without homes the contract's directory is not there, and cannot be looked for either."""
    # As root nothing is closed: a name that no directory can have fails in the same way, at the look itself.
    monkeypatch.setattr("app.settings._CONTRACT_ROOT", Path("/" + "x" * 300))
    assert Settings(data_dir=tmp_path).workspaces == tmp_path / "workspaces"
