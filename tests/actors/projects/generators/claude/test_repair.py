"""When the agent is sent back, and when it is enough."""

from hypothesis import given
from hypothesis import strategies as st

from actors.projects.generators.claude.repair import SAME, Kind, Repairs, Trouble, trouble
from actors.projects.tools.results import ToolResult

GOOD = ToolResult(True, "it runs, at http://x")
DOWN = ToolResult(False, "start_dev_server failed: the dev server is crashed")
BROKEN = ToolResult(False, "exit code 1 after 2.0 s\nerror")


def _trouble(name: str) -> Trouble:
    """Return a trouble of its own."""
    return Trouble(Kind.BUILD, f"error in {name}")


def test_what_is_wrong() -> None:
    """The server first, since without it there is nothing to see."""
    assert trouble(GOOD, None) is None
    assert trouble(GOOD, ToolResult(True, "exit code 0")) is None
    assert trouble(DOWN, BROKEN) == Trouble(Kind.SERVER, DOWN.text)
    assert trouble(GOOD, BROKEN) == Trouble(Kind.BUILD, BROKEN.text)


def test_an_app_that_runs_needs_nothing() -> None:
    """At once, or after a repair."""
    repairs = Repairs()
    assert repairs.decide(None).prompt is None
    assert repairs.decide(_trouble("a")).attempt == 1
    decision = repairs.decide(None)
    assert (decision.prompt, decision.attempt, decision.problem) == (None, 1, "")


def test_trouble_goes_back_a_few_times() -> None:
    """Then the app is left as it is, and that is said."""
    repairs = Repairs(most=3)
    prompts = [repairs.decide(_trouble(name)).prompt for name in "abc"]
    assert all(f"error in {name}" in (prompt or "") for name, prompt in zip("abc", prompts))
    decision = repairs.decide(_trouble("d"))
    assert decision.prompt is None
    assert decision.problem == "The app is not done: its build fails. The agent tried 3 times to mend it."


def test_no_repairs_at_all() -> None:
    """Where none are wanted."""
    decision = Repairs(most=0).decide(_trouble("a"))
    assert (decision.prompt, decision.problem) == (None, "The app is not done: its build fails.")


def test_the_same_trouble_again_is_given_up_sooner() -> None:
    """It is said once to be the same; then it is enough, however many repairs there may be."""
    repairs = Repairs(most=10)
    first, second, third = (repairs.decide(_trouble("a")) for _ in range(3))
    assert "same way" not in (first.prompt or "same way")
    assert "same way" in (second.prompt or "")
    assert third.prompt is None
    assert "2 times" in third.problem


def test_other_trouble_between_begins_the_count_anew() -> None:
    """The agent got somewhere."""
    repairs = Repairs(most=10)
    decisions = [repairs.decide(_trouble(name)) for name in "aabbab"]
    assert all(decision.prompt for decision in decisions)


def test_times_and_numbers_do_not_make_a_difference() -> None:
    """The same failure never prints quite the same."""
    first = Trouble(Kind.SERVER, "10:00:01 ready in 312 ms\nError: port 4173 (pid 77) at 0xdeadbeef, src/App.jsx:12:3")
    second = Trouble(Kind.SERVER, "10:07:59 ready in 98 ms\n Error: port 4999 (pid 8) at 0xbeef, src/App.jsx:14:3")
    assert first.sign == second.sign
    assert first.sign != Trouble(Kind.SERVER, "Error: cannot find src/Other.jsx").sign
    assert first.sign != Trouble(Kind.BUILD, first.tail).sign


@given(st.lists(st.sampled_from("abc"), min_size=20, max_size=30), st.integers(0, 6))
def test_it_always_ends(names: list[str], most: int) -> None:
    """After `most` repairs at the latest, and never with the same trouble more than `SAME` times in a row."""
    repairs = Repairs(most)
    prompts = []
    for name in names:
        decision = repairs.decide(_trouble(name))
        if decision.prompt is None:
            assert decision.problem
            break
        prompts.append(name)
    assert len(prompts) <= most
    assert not any(len(set(prompts[at : at + SAME + 1])) == 1 for at in range(len(prompts) - SAME))
