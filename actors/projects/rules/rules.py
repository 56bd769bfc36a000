"""Rules over commands, and what they say of one. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from actors.projects.rules.argv import problem_of, program_of
from actors.projects.rules.pattern import Pattern
from actors.runtime.errors import CallboardError

Argv = tuple[str, ...]


class Action(IntEnum):
    """What is to happen with a command; the larger is the stricter."""

    ALLOW = 0
    ASK = 1
    FORBID = 2


class RulesRefused(CallboardError):
    """Rules that cannot be used: one is not what its own examples say."""


@dataclass(frozen=True)
class Rule:
    """What is to happen with commands of one kind.

    Attributes:
        name: The rule's own name in its set, for the record and for people who change it.
        pattern: The commands.
        action: What happens with them.
        reason: Why, in one clause.
        hint: What to do instead; not empty unless they are allowed.
        matches: Commands that the pattern must match; at least one.
        others: Commands that it must not match, those closest to what it does; at least one.
    """

    name: str
    pattern: Pattern
    action: Action
    reason: str
    hint: str
    matches: tuple[Argv, ...]
    others: tuple[Argv, ...]

    @property
    def problem(self) -> str:
        """What is wrong with the rule; nothing when it is as its examples say."""
        if self.pattern.problem:
            return f"its pattern {self.pattern.problem}"
        if not (self.name and self.reason and (self.hint or self.action is Action.ALLOW)):
            return "it needs a name, a reason and, unless it allows, a hint"
        if not (self.matches and self.others):
            return "it needs an example that it must match and one that it must not"
        missed = [argv for argv in self.matches if not self.pattern.matches(argv)]
        if missed:
            return f"it must match {' '.join(missed[0])!a}, and does not"
        caught = [argv for argv in self.others if self.pattern.matches(argv)]
        return f"it must not match {' '.join(caught[0])!a}, and does" if caught else ""


@dataclass(frozen=True)
class Verdict:
    """What is to happen with one command.

    Attributes:
        action: Whether it may run.
        rule: The name of the rule that decided; empty when none did.
        reason: Why.
        hint: What to do instead; may be empty when it is allowed.
    """

    action: Action
    rule: str
    reason: str
    hint: str


@dataclass(frozen=True)
class RuleSet:
    """Rules that are known to be as their examples say.

    Attributes:
        rules: In any order: of those that match a command the strictest decides, then the one that says most of it.
        elsewise: What to do instead of a command that no rule knows.

    Raises:
        RulesRefused: A rule is not as its examples say, or two have one name.
    """

    rules: tuple[Rule, ...]
    elsewise: str = "Use a command that the rules know, or the tool that is made for the purpose."

    def __post_init__(self) -> None:
        for rule in self.rules:
            if rule.problem:
                raise RulesRefused(f"the rule {rule.name!a} cannot be used: {rule.problem}", hint="Correct the rule.")
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise RulesRefused(f"two rules are named {twice!a}", hint="Give each rule a name of its own.")

    def judge(self, argv: Sequence[str]) -> Verdict:
        """Say what is to happen with a command.

        Args:
            argv: The program and its arguments, as they would be run.

        Returns:
            FORBID for what cannot be judged, and for what no rule knows.
        """
        refused = problem_of(argv)
        if refused is not None:
            return Verdict(Action.FORBID, "", refused.reason, refused.hint)
        command = (program_of(argv[0]), *argv[1:])
        found = [rule for rule in self.rules if rule.pattern.matches(command)]
        if not found:
            return Verdict(Action.FORBID, "", f"no rule knows {' '.join(command[:3])!a}", self.elsewise)
        rule = max(found, key=lambda one: (one.action, one.pattern.weight, one.name))
        return Verdict(rule.action, rule.name, rule.reason, rule.hint)

    def with_rules(self, more: Iterable[Rule]) -> "RuleSet":
        """Return these and more rules. What one of these forbids stays forbidden."""
        return replace(self, rules=(*self.rules, *more))

    def allowing(self, names: Iterable[str]) -> "RuleSet":
        """Return the rules after a person said yes to some that ask.

        Args:
            names: Of rules whose action is ASK.

        Raises:
            RulesRefused: A name is none of theirs: what is forbidden is not to be had by asking.
        """
        wanted = set(names)
        asking = {rule.name for rule in self.rules if rule.action is Action.ASK}
        if wanted - asking:
            hint = f"Those that ask: {', '.join(sorted(asking)) or 'none'}."
            raise RulesRefused(f"no rule that asks is named {min(wanted - asking)!a}", hint=hint)
        allowed = (replace(rule, action=Action.ALLOW) if rule.name in wanted else rule for rule in self.rules)
        return replace(self, rules=tuple(allowed))
