"""What of a workspace makes room for a new app. Pure.

Nothing that leaves is deleted: it is kept as the previous state until the next swap. What stays is everything that
neither came with an earlier app, nor has a name of the new one, nor is plainly the source or the product of an app.
"""

from collections.abc import Iterable
from typing import Optional

from actors.builds.transform.swap import BOARD

_KEPT = frozenset({"node_modules", ".git", "apps", "checkpoints", BOARD})
_SCRIPT_ENDINGS = ("js", "mjs", "cjs", "ts")
_PRODUCTS = (
    ".next",
    ".swc",
    ".vite",
    "build",
    "bun.lock",
    "bun.lockb",
    "dist",
    "next-env.d.ts",
    "npm-shrinkwrap.json",
    "out",
    "package-lock.json",
    "pnpm-lock.yaml",
    "tsconfig.tsbuildinfo",
    "yarn.lock",
)
_SOURCES = (
    ".babelrc",
    ".eslintrc.json",
    "app",
    "components",
    "components.json",
    "contexts",
    "hooks",
    "index.html",
    "jsconfig.json",
    "lib",
    "middleware.js",
    "middleware.ts",
    "package.json",
    "pages",
    "public",
    "server.js",
    "src",
    "styles",
    "tsconfig.app.json",
    "tsconfig.json",
    "tsconfig.node.json",
    "utils",
    "vercel.json",
    *(
        f"{tool}.config.{ending}"
        for tool in ("babel", "eslint", "next", "postcss", "tailwind", "vite")
        for ending in _SCRIPT_ENDINGS
    ),
)


def leaving(enter: Iterable[str], placed: Optional[Iterable[str]], *, has_app: bool) -> list[str]:
    """Return the names that leave a workspace if they are there.

    Args:
        enter: The entries of the new app.
        placed: Those of the earlier app, where it is one that we placed.
        has_app: Whether there is an app at all: a `package.json`. One that somebody else placed loses the entries with
            names that apps' sources usually have, because a stale `pages/` beside a new `app/` breaks the new one.
    """
    entering = set(enter)
    stale = set(_PRODUCTS) if has_app else set()
    if placed is not None:
        stale |= set(placed)
    elif has_app:
        stale |= set(_SOURCES)
    return sorted(entering | {name for name in stale if not _is_kept(name)})


def _is_kept(name: str) -> bool:
    """Say whether an entry stays unless the new app has it too."""
    return name in _KEPT or name.startswith(".env")
