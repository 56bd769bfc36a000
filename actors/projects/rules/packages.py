"""The rules for npm and its like: scripts that are known, and what has a tool of its own."""

from actors.projects.rules.pattern import REST
from actors.projects.rules.rules import Action
from actors.projects.rules.writing import rule, words

ALLOW, ASK, FORBID = Action.ALLOW, Action.ASK, Action.FORBID

SCRIPTS = ("build", "check", "format", "lint", "test", "type-check", "typecheck")
"""Scripts of a `package.json` that are run, do their work and end."""

SERVERS = ("dev", "preview", "serve", "start", "watch")
"""Scripts that go on running."""

OUTWARD = ("clean", "deploy", "generate", "migrate", "prepare", "publish", "release", "seed")
"""Scripts whose name says that they reach beyond building and checking."""

CHECKERS = ("eslint", "prettier", "tsc")
"""Programs of a project that look at its source and end."""

USE_SERVER = "Use start_dev_server; check_server_status says how it is."
USE_INSTALL = "Use install_dependencies, with the packages to add; then pnpm exec runs what came with them."

PACKAGES = (
    rule(
        "npm-script",
        ALLOW,
        ("npm", ("run", "run-script"), SCRIPTS),
        "it is a script that does its work and ends",
        matches=("npm run build", "npm run lint"),
        others=("npm run dev", "npm run build --prefix /x"),
    ),
    rule(
        "npm-script-arguments",
        ALLOW,
        ("npm", ("run", "run-script"), SCRIPTS, "--", REST),
        "what follows -- is for the script",
        matches=("npm run test -- --run",),
        others=("npm run test --prefix /x", "npm --prefix /x run test"),
    ),
    rule(
        "pnpm-script",
        ALLOW,
        ("pnpm", "run", SCRIPTS, REST),
        "it is a script that does its work and ends",
        matches=("pnpm run build", "pnpm run lint --fix"),
        others=("pnpm run dev", "pnpm --dir /x run build", "npm run build"),
    ),
    rule(
        "short-script",
        ALLOW,
        ("pnpm", SCRIPTS, REST),
        "it is a script that does its work and ends",
        matches=("pnpm build", "pnpm test"),
        others=("pnpm dev", "pnpm add left-pad"),
    ),
    rule(
        "npm-test",
        ALLOW,
        ("npm", ("t", "test")),
        "it runs the project's tests",
        matches=("npm test",),
        others=("npm test --prefix /x", "npm token"),
    ),
    rule(
        "server-script",
        FORBID,
        (("npm", "pnpm"), ("run", "run-script"), SERVERS, REST),
        "it goes on running, and a command has to end",
        USE_SERVER,
        matches=("npm run dev", "pnpm run preview --port 1"),
        others=("pnpm run build",),
    ),
    rule(
        "short-server-script",
        FORBID,
        (("npm", "pnpm"), SERVERS, REST),
        "it goes on running, and a command has to end",
        USE_SERVER,
        matches=("npm start", "pnpm dev"),
        others=("pnpm build", "npm stop"),
    ),
    rule(
        "outward-script",
        ASK,
        (("npm", "pnpm"), ("run", "run-script"), OUTWARD, REST),
        "a script of that name usually changes more than the project",
        f"Use one of the known scripts ({', '.join(SCRIPTS)}), or write a file and run it with node.",
        matches=("npm run seed", "pnpm run deploy --now"),
        others=("pnpm run build", "pnpm seed"),
    ),
    rule(
        "packages-read",
        ALLOW,
        (("npm", "pnpm"), ("list", "ls", "why"), REST),
        "it says which packages are installed",
        matches=("pnpm ls", "npm ls --depth 0", "pnpm why react"),
        others=("pnpm outdated", "npm install"),
    ),
    rule(
        "packages-exec",
        ALLOW,
        ("pnpm", "exec", CHECKERS, REST),
        "it runs a known program of the project",
        matches=("pnpm exec tsc --noEmit",),
        others=("pnpm exec sh -c x", "pnpm dlx tsc", "npm exec tsc"),
    ),
    rule(
        "packages-install",
        FORBID,
        (
            ("bun", "npm", "pnpm", "yarn"),
            words("add ci i install link rebuild remove rm un uninstall up update upgrade"),
            REST,
        ),
        "a command has no network, and packages are installed with their scripts off",
        f"{USE_INSTALL} To take one out, delete its line in package.json with edit_file and install again.",
        matches=("npm install", "pnpm add left-pad", "npm i -g x", "yarn add x"),
        others=("pnpm ls", "npm run install"),
    ),
    rule(
        "packages-fetch",
        FORBID,
        (("bun", "npm", "pnpm", "yarn"), ("create", "dlx", "init", "x"), REST),
        "it may fetch a program from the network and run it",
        USE_INSTALL,
        matches=("pnpm dlx cowsay", "npm create vite", "npm init vite"),
        others=("pnpm ls", "npx cowsay"),
    ),
    rule(
        "npm-exec",
        FORBID,
        ("npm", "exec", REST),
        "it fetches a program that is not installed, and runs it",
        "Use pnpm exec, which runs only what is installed.",
        matches=("npm exec cowsay",),
        others=("pnpm exec tsc",),
    ),
    rule(
        "packages-account",
        FORBID,
        (
            ("npm", "pnpm", "yarn"),
            words("access adduser config get login logout owner publish set token whoami"),
            REST,
        ),
        "accounts and settings of the package manager are not the project's",
        "Leave it out: the project needs no account, and the registry is set by who runs the server.",
        matches=("npm config set registry x", "npm publish", "npm token list"),
        others=("npm ls",),
    ),
    rule(
        "npx",
        FORBID,
        (("bunx", "npx", "pnpx"), REST),
        "it may fetch a program from the network and run it",
        USE_INSTALL,
        matches=("npx create-next-app x", "npx", "bunx x"),
        others=("pnpm exec tsc",),
    ),
)
