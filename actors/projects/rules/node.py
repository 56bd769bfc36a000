"""The rules for projects that run on Node: what may be run, and what is asked about."""

from actors.projects.rules.elsewhere import FORBIDDEN
from actors.projects.rules.packages import CHECKERS, PACKAGES, SCRIPTS, USE_SERVER
from actors.projects.rules.pattern import PATH, REST
from actors.projects.rules.rules import Action, Rule, RuleSet
from actors.projects.rules.writing import rule, words

ALLOW, FORBID = Action.ALLOW, Action.FORBID

WATCH = ("--watch", "--watchAll", "-w")
"""Options that make a program wait for changes."""

NODE = (
    rule(
        "node-version",
        ALLOW,
        (("node", "npm", "pnpm"), ("--version", "-v")),
        "it says which version there is",
        matches=("node --version", "pnpm -v"),
        others=("node --version -e 1", "npm version major"),
    ),
    rule(
        "node-file",
        ALLOW,
        ("node", PATH, REST),
        "it runs a file of the project",
        matches=("node scripts/seed.mjs", "node ./check.js --all"),
        others=("node -e 1", "node /etc/x.js", "node ../x.js", "node --import=x a.js"),
    ),
    rule(
        "node-check",
        ALLOW,
        ("node", ("--check", "--test", "-c"), PATH),
        "it checks or tests a file of the project",
        matches=("node --check server.js", "node --test test/app.test.js"),
        others=("node --test -e 1", "node --check /etc/passwd"),
    ),
    rule(
        "node-test",
        ALLOW,
        ("node", "--test"),
        "it runs the project's tests",
        matches=("node --test",),
        others=("node --test --import=x",),
    ),
    rule(
        "node-inline",
        FORBID,
        (
            "node",
            words("- -e --eval -i --interactive -p -pe --print -r --require --import"),
            REST,
        ),
        "code in an argument is in no version of the project",
        "Write the code to a file with write_file, and run node FILE.",
        matches=("node -e 1", "node --eval 1", "node --import x a.js", "node -"),
        others=("node a.js -e",),
    ),
)

PROGRAMS = (
    rule(
        "checkers",
        ALLOW,
        (CHECKERS, REST),
        "it looks at the project's source and ends",
        matches=("tsc --noEmit", "eslint src", "prettier --write src"),
        others=("tslint src",),
    ),
    rule(
        "build",
        ALLOW,
        (("next", "vite"), "build", REST),
        "it builds the project and ends",
        matches=("vite build", "next build"),
        others=("vite", "next dev"),
    ),
    rule(
        "next-info",
        ALLOW,
        ("next", ("info", "lint"), REST),
        "it looks at the project's source and ends",
        matches=("next lint",),
        others=("next start", "vite lint"),
    ),
    rule(
        "tests",
        ALLOW,
        (("jest", "vitest"), REST),
        "it runs the project's tests",
        matches=("vitest run", "jest src"),
        others=("mocha",),
    ),
    rule(
        "vitest-watches",
        FORBID,
        ("vitest",),
        "without run it waits for changes and does not end",
        "Use vitest run.",
        matches=("vitest",),
        others=("vitest run",),
    ),
    rule(
        "exec-build",
        ALLOW,
        ("pnpm", "exec", ("next", "vite", "vitest"), ("build", "lint", "run"), REST),
        "it runs a known program of the project",
        matches=("pnpm exec vite build", "pnpm exec vitest run"),
        others=("pnpm exec vite", "pnpm exec next dev"),
    ),
    rule(
        "serving",
        FORBID,
        (("next", "vite"), ("dev", "preview", "serve", "start"), REST),
        "it goes on running, and a command has to end",
        USE_SERVER,
        matches=("vite dev", "next start -p 1"),
        others=("vite build", "vite"),
    ),
    rule(
        "serving-bare",
        FORBID,
        (("next", "vite"),),
        "it goes on running, and a command has to end",
        USE_SERVER,
        matches=("vite", "next"),
        others=("vite build",),
    ),
    rule(
        "watching",
        FORBID,
        (("jest", "next", "tsc", "vite", "vitest"), REST, WATCH, REST),
        "it waits for changes, and a command has to end",
        "Leave the watching out, and run it again after a change.",
        matches=("tsc --watch", "vite build --watch"),
        others=("tsc --noEmit",),
    ),
    rule(
        "pnpm-watching",
        FORBID,
        ("pnpm", ("exec", "run", "test"), REST, WATCH, REST),
        "it waits for changes, and a command has to end",
        "Leave the watching out, and run it again after a change.",
        matches=("pnpm exec tsc -w", "pnpm run test --watch"),
        others=("pnpm -w run build",),
    ),
    rule(
        "remove",
        ALLOW,
        ("rm", PATH),
        "it removes a file of the project; its versions keep it",
        matches=("rm src/old.ts",),
        others=("rm -rf src", "rm /etc/passwd", "rm ../x", "rm ."),
    ),
    rule(
        "remove-directory",
        ALLOW,
        ("rm", ("-f", "-fr", "-r", "-rf"), PATH),
        "it removes a directory of the project; its versions keep what is source",
        matches=("rm -rf dist", "rm -r src/old"),
        others=("rm -rf /", "rm -rf .", "rm -rf src .."),
    ),
    rule(
        "move",
        ALLOW,
        (("cp", "mv"), PATH, PATH),
        "it copies or renames within the project",
        matches=("mv src/a.ts src/b.ts", "cp a.svg public/b.svg"),
        others=("cp /etc/passwd x", "mv a ../b", "cp -r a b"),
    ),
)

RULES: tuple[Rule, ...] = (*NODE, *PACKAGES, *PROGRAMS, *FORBIDDEN)
"""All rules of a project on Node."""

ELSEWISE = (
    f"Known commands: pnpm run ({', '.join(SCRIPTS)}), node FILE, tsc, eslint, prettier, vitest run, vite build, "
    "next build, rm, mv, cp. For the rest there are tools, such as read_file, write_file, edit_file, list_directory, "
    "install_dependencies and start_dev_server."
)


def node_rules() -> RuleSet:
    """Return the rules of a project on Node, checked."""
    return RuleSet(RULES, ELSEWISE)
