"""The table of engines: the default, the choice, the parameters."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.jobs.engines import table
from actors.jobs.engines.base import Availability, Engine
from actors.jobs.engines.pixelmap.engine import OpenTree, PixelmapEngine
from actors.jobs.engines.simulated import SimulatedEngine
from actors.runtime.errors import FieldError, InvalidInput


class Missing(SimulatedEngine):
    """An engine that cannot run here."""

    name = "pixelmap"

    def availability(self) -> Availability:
        """Never."""
        return Availability(available=False, reason="not installed: numpy", hint="pip install it")


@pytest.fixture
def engines(spawn: OpenTree) -> dict[str, Engine]:
    """The real table."""
    return table.make_engines(spawn)


def test_the_names_are_the_keys(engines: dict[str, Engine]) -> None:
    """In the order in which they are listed."""
    assert list(engines) == ["pixelmap", "simulated"]
    assert all(engine.name == name for name, engine in engines.items())
    assert not set(engines) & set(table.PLANNED)


def test_the_default_is_real_where_it_can_run(engines: dict[str, Engine]) -> None:
    """Else simulated."""
    real = engines["pixelmap"].availability().available
    assert table.choose_engine(engines, None).name == ("pixelmap" if real else "simulated")
    without: dict[str, Engine] = {**engines, "pixelmap": Missing()}
    assert table.choose_engine(without, "").name == "simulated"


def test_no_engine_at_all_is_said() -> None:
    """An empty table has no default."""
    with pytest.raises(InvalidInput, match="no engine can run"):
        table.default_engine({})


@pytest.mark.parametrize(
    ("name", "problem"), [("meshroom", "later version"), ("magic", "no engine 'magic'"), ("x" * 9999, "no engine 'xx")]
)
def test_other_names_are_refused_with_those_that_work(engines: dict[str, Engine], name: str, problem: str) -> None:
    """The hint lists what can run; the message stays short."""
    with pytest.raises(InvalidInput, match=problem) as caught:
        table.choose_engine(engines, name)
    assert "simulated" in caught.value.hint
    assert caught.value.errors[0].field == "engine"
    assert len(caught.value.problem) < 200


def test_an_engine_that_cannot_run_says_what_it_lacks() -> None:
    """With what to do about it."""
    with pytest.raises(InvalidInput, match="not installed: numpy") as caught:
        table.choose_engine({"pixelmap": Missing(), "simulated": SimulatedEngine()}, "pixelmap")
    assert caught.value.hint == "pip install it; or use one of: simulated."


def test_what_is_missing_is_named(spawn: OpenTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, `pixelmap` says how to get it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    availability = PixelmapEngine(spawn).availability()
    assert not availability.available
    assert availability.reason == "not installed: pixelmap_multiview, numpy, PIL"
    assert availability.hint == "pip install 'callboard[reconstruct]'"


def test_form_fields_and_json_give_the_same(engines: dict[str, Engine]) -> None:
    """Texts are read as numbers; an empty field means "not given"."""
    simulated = engines["simulated"]
    typed = table.parse_parameters(simulated, {"seed": 3, "speed": 0.5, "fail_at": None})
    assert table.parse_parameters(simulated, {"seed": "3", "speed": "0.5", "fail_at": ""}) == typed


@pytest.mark.parametrize(
    ("engine", "raw", "problems"),
    [
        ("simulated", {"steps": "3"}, {"steps": "must be a whole number from 5 to 1000, '3' was given"}),
        ("simulated", {"seed": True}, {"seed": "must be a whole number from 0 to 4294967295, True was given"}),
        ("simulated", {"detail": 1.5, "speed": "nan"}, {"detail": "from 0 to 5, 1.5", "speed": "from 0 to 60, 'nan'"}),
        ("simulated", {"speed": 10**400}, {"speed": "must be a number from 0 to 60, 1000"}),
        ("simulated", {"bogus": 1}, {"bogus": "has no such parameter; it has seed, steps"}),
        ("pixelmap", {"quality": "best"}, {"quality": "must be one of low, medium, high, 'best' was given"}),
        ("pixelmap", {"focal_35mm": 1, "seed": [1]}, {"focal_35mm": "a number from 8 to 800", "seed": "[1] was given"}),
    ],
)
def test_what_does_not_fit_is_said_for_each_field(
    engines: dict[str, Engine], engine: str, raw: Mapping[str, object], problems: Mapping[str, str]
) -> None:
    """With the range that would be right."""
    with pytest.raises(InvalidInput) as caught:
        table.parse_parameters(engines[engine], raw)
    found = {error.field: error.problem for error in caught.value.errors}
    assert found.keys() == problems.keys()
    assert all(problem in found[field] for field, problem in problems.items())


def test_a_flood_of_wrong_fields_gives_a_short_answer() -> None:
    """However many and however long they are."""
    raw = {f"{number}-{'x' * 5000}": number for number in range(1000)}
    with pytest.raises(InvalidInput) as caught:
        table.parse_parameters(SimulatedEngine(), raw)
    assert len(caught.value.problem) + sum(len(error.field + error.problem) for error in caught.value.errors) < 10_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(raw=st.dictionaries(st.sampled_from(["seed", "steps", "speed", "detail", "fail_at", "other"]), JSON))
@settings(max_examples=200, deadline=None)
def test_any_json_is_parsed_or_refused(raw: dict[str, Any]) -> None:
    """Nothing else comes out, whatever goes in."""
    errors: tuple[FieldError, ...] = ()
    parameters = None
    try:
        parameters = table.parse_parameters(SimulatedEngine(), raw)
    except InvalidInput as error:
        errors = error.errors
    assert bool(errors) != isinstance(parameters, SimulatedEngine.parameters)
