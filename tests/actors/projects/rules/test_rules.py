"""Rules over commands."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.projects.rules.argv import MAX_ARGUMENT, MAX_ARGUMENTS
from actors.projects.rules.pattern import ANY, REST, Pattern, Token
from actors.projects.rules.rules import Action, Rule, RuleSet, RulesRefused


def rule(name: str, action: Action = Action.ALLOW, tokens: tuple[Token, ...] = ("a", REST)) -> Rule:
    """Return a rule, by itself as its examples say when its tokens are the ones given here."""
    return Rule(name, Pattern(tokens), action, "why", "instead", (("a", "b"),), (("b", "a"),))


def test_strictest_decides() -> None:
    """Of the rules that match, the strictest decides; of those the one that says most."""
    rules = RuleSet(
        (
            rule("any", Action.FORBID, ("a", ANY)),
            rule("exact", Action.FORBID, ("a", "b")),
            rule("allowed", Action.ALLOW, ("a", "b")),
        )
    )
    verdict = rules.judge(["a", "b"])
    assert (verdict.action, verdict.rule, verdict.reason, verdict.hint) == (Action.FORBID, "exact", "why", "instead")


def test_unknown_is_forbidden() -> None:
    """What no rule knows is forbidden, with what to do instead."""
    verdict = RuleSet((rule("one"),), "Do this.").judge(["unknown", "x"])
    assert verdict.action is Action.FORBID
    assert verdict.rule == ""
    assert "unknown x" in verdict.reason
    assert verdict.hint == "Do this."


_TOKEN = st.sampled_from(["a", "b", ANY, REST])
_RULES = st.lists(
    st.builds(
        lambda action, tokens: rule("x", action, ("a", *tokens)), st.sampled_from(Action), st.lists(_TOKEN, max_size=3)
    ),
    max_size=8,
)


def _usable(rules: list[Rule], argv: list[str]) -> tuple[Rule, ...]:
    """Return rules with names of their own and with examples that hold, for a command that may or may not match."""
    others = (("z",),)
    examples = [argv, ["a"], ["a", "a"], ["a", "b"], ["a", "b", "a"], ["a", "a", "b"], ["a", "b", "b"], ["a"] * 4]
    fitting = []
    for number, one in enumerate(rules):
        matches = tuple(tuple(example) for example in examples if one.pattern.matches(example))
        if matches:
            fitting.append(replace(one, name=f"r{number}", matches=matches, others=others))
    return tuple(fitting)


@given(_RULES, st.lists(st.sampled_from("abc"), max_size=4), st.randoms(use_true_random=False))
def test_order_does_not_matter(made: list[Rule], arguments: list[str], random: Random) -> None:
    """However the rules are ordered, the verdict is the same, and it is as strict as the strictest that matches."""
    argv = ["a", *arguments]
    rules = _usable(made, argv)
    verdict = RuleSet(rules).judge(argv)
    shuffled = list(rules)
    random.shuffle(shuffled)
    assert RuleSet(tuple(shuffled)).judge(argv) == verdict
    matching = [one.action for one in rules if one.pattern.matches(argv)]
    assert verdict.action is max(matching, default=Action.FORBID)


@given(_RULES, _RULES, st.lists(st.sampled_from("ab"), max_size=4))
def test_more_rules_never_loosen(first: list[Rule], second: list[Rule], arguments: list[str]) -> None:
    """What a rule asks about or forbids is not allowed by adding others."""
    argv = ["a", *arguments]
    before = RuleSet(_usable(first, argv))
    more = tuple(replace(one, name=f"more-{one.name}") for one in _usable(second, argv))
    verdict = before.judge(argv)
    assert verdict.rule == "" or before.with_rules(more).judge(argv).action >= verdict.action


def test_examples_are_checked() -> None:
    """A rule whose examples fail, or that has none, is refused with what is wrong."""
    good = rule("good")
    bad = {
        "must match 'c'": replace(good, matches=(("c",),)),
        "must not match 'a'": replace(good, others=(("a",),)),
        "example": replace(good, matches=()),
        "that it must not": replace(good, others=()),
        "reason": replace(good, reason=""),
        "hint": replace(good, action=Action.ASK, hint=""),
        "wildcard": replace(good, pattern=Pattern((ANY,))),
    }
    for problem, one in bad.items():
        with pytest.raises(RulesRefused, match=problem):
            RuleSet((one,))
    with pytest.raises(RulesRefused, match="two rules"):
        RuleSet((good, good))


def test_allowing() -> None:
    """A person's yes turns a rule that asks into one that allows, and no other."""
    rules = RuleSet((rule("asks", Action.ASK), rule("never", Action.FORBID, ("a", "b", REST))))
    assert rules.judge(["a"]).action is Action.ASK
    assert rules.allowing(["asks"]).judge(["a"]).action is Action.ALLOW
    assert rules.allowing(["asks"]).judge(["a", "b"]).action is Action.FORBID
    with pytest.raises(RulesRefused, match="never"):
        rules.allowing(["never"])


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        ([], "no program"),
        ([""], "no program"),
        (["/bin/a"], "path"),
        (["./a"], "path"),
        (["../node_modules/.bin/a"], "path"),
        (["node_modules/.bin/../a"], "path"),
        (["node_modules/.bin/x/a"], "path"),
        (["a\\b"], "path"),
        (["A=1", "a"], "assignment"),
        (["PATH=.", "a"], "assignment"),
        (["a b"], "white space"),
        (["a", "x\0"], "control"),
        (["a", "x\ny"], "control"),
        (["a", "&&", "b"], "shell"),
        (["a", ">", "b"], "shell"),
        (["a", "\ud800"], "Unicode"),
        (["a"] * (MAX_ARGUMENTS + 1), "arguments"),
        (["a", "x" * (MAX_ARGUMENT + 1)], "over"),
        (["a", *["x" * MAX_ARGUMENT] * 20], "over"),
    ],
)
def test_not_to_be_judged(argv: list[str], problem: str) -> None:
    """What is no plain command is forbidden whatever the rules are, with a reason and a hint."""
    verdict = RuleSet((rule("all"),)).judge(argv)
    assert verdict.action is Action.FORBID
    assert verdict.rule == ""
    assert problem in verdict.reason
    assert verdict.hint


def test_programs_of_the_project() -> None:
    """A program in node_modules/.bin is known by its name."""
    rules = RuleSet((rule("all"),))
    for program in ("node_modules/.bin/a", "./node_modules/.bin/a", "a"):
        assert rules.judge([program]).rule == "all"


@given(st.lists(st.text(max_size=20), max_size=6))
def test_any_command(argv: list[str]) -> None:
    """Whatever comes in, there is a verdict with a reason, and a hint unless it is allowed."""
    verdict = RuleSet((rule("all"),)).judge(argv)
    assert verdict.reason
    assert verdict.hint
