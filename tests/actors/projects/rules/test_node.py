"""The rules of a project on Node."""

import pytest

from actors.projects.rules.node import RULES, node_rules
from actors.projects.rules.rules import Action, Rule

SET = node_rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_examples_are_decided_by_their_rule(rule: Rule) -> None:
    """What a rule says of its own examples is what the whole set says of them."""
    for argv in rule.matches:
        verdict = SET.judge(argv)
        assert (verdict.action, verdict.rule) == (rule.action, rule.name), argv


ALLOWED = """
node server.js --port 1
pnpm run build
pnpm build
pnpm exec tsc --noEmit
node_modules/.bin/tsc -p .
npm run lint
npm test
vitest run src
rm -rf dist
mv src/a.ts src/b.ts
"""

FORBIDDEN = """
sh -c id
bash
/bin/sh -c id
env node x.js
npx cowsay
pnpm dlx cowsay
npm exec cowsay
npm install left-pad
pnpm add left-pad
node -e 1
node --eval=1
node --inspect x.js
node ../x.js
node /etc/x.js
NODE_OPTIONS=--require=x node x.js
git status
git -c core.fsmonitor=x status
curl x
pnpm -C .. run build
pnpm --dir / run build
pnpm run dev
vite
next dev
tsc --watch
python3 x.py
npm config set registry x
rm -rf /
rm -rf ..
rm -rf .
ls
cat package.json
ln -s / x
"""


@pytest.mark.parametrize("command", ALLOWED.split("\n")[1:-1])
def test_allowed(command: str) -> None:
    """What a project's work needs may be run."""
    assert SET.judge(command.split()).action is Action.ALLOW


@pytest.mark.parametrize("command", FORBIDDEN.split("\n")[1:-1])
def test_forbidden(command: str) -> None:
    """What has a tool of its own, needs a network or hides what is run may not, and the hint says what to do."""
    verdict = SET.judge(command.split())
    assert verdict.action is Action.FORBID
    assert verdict.hint


def test_asked_about() -> None:
    """Scripts that reach beyond the project are asked about."""
    assert SET.judge(["pnpm", "run", "deploy"]).action is Action.ASK
    assert SET.allowing(["outward-script"]).judge(["pnpm", "run", "deploy"]).action is Action.ALLOW
