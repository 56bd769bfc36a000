"""The text of npm scripts."""

import pytest

from actors.builds.transform.commands import is_bundler, next_start, server_file, uses_build, with_port

PORTS = [
    ("node server.js", "PORT=5001 HOST=0.0.0.0 node server.js"),
    ("PORT=3000 node server.js", "PORT=5001 node server.js"),
    ("cross-env PORT='3000' NODE_ENV=production node .", "cross-env PORT='5001' NODE_ENV=production node ."),
    ("serve -s dist -l 3000", "serve -s dist -l 5001"),
    ("serve -l tcp://0.0.0.0:3000 dist", "serve -l tcp://0.0.0.0:5001 dist"),
    ("http-server --port=8080", "http-server --port=5001"),
    ("astro preview --host localhost --port 4321", "astro preview --host 0.0.0.0 --port 5001"),
    ("tsc && node dist/x.js", "export PORT=5001 HOST=0.0.0.0 && tsc && node dist/x.js"),
    ("PORT=${PORT:-3000} node x", "export PORT=5001 HOST=0.0.0.0 && PORT=${PORT:-3000} node x"),
    ("node --port-range 1 x.js", "PORT=5001 HOST=0.0.0.0 node --port-range 1 x.js"),
    ("node a.js -p 1.5", "PORT=5001 HOST=0.0.0.0 node a.js -p 1.5"),
    ("EXPORT=12 node a.js", "PORT=5001 HOST=0.0.0.0 EXPORT=12 node a.js"),
]


@pytest.mark.parametrize(("script", "expected"), PORTS)
def test_the_port_is_set_once(script: str, expected: str) -> None:
    """It is changed where it is written, and set where it is not; twice is as good as once."""
    assert with_port(script, 5001) == expected
    assert with_port(expected, 5001) == expected
    assert with_port(with_port(script, 80), 5001) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", "next start -H 0.0.0.0 -p 5001"),
        ("next dev", "next start -H 0.0.0.0 -p 5001"),
        ("next start", "next start -H 0.0.0.0 -p 5001"),
        ("next start -p 3000 --hostname=localhost", "next start -H 0.0.0.0 -p 5001"),
        ("next start -p $PORT", "next start -H 0.0.0.0 -p 5001"),
        (
            "prisma migrate deploy && next start -p 3000 && x",
            "prisma migrate deploy && next start -H 0.0.0.0 -p 5001 && x",
        ),
        ("next start --keepAliveTimeout 9", "next start -H 0.0.0.0 -p 5001 --keepAliveTimeout 9"),
        ("NODE_ENV=production npx next  start", "NODE_ENV=production npx next start -H 0.0.0.0 -p 5001"),
    ],
)
def test_next_is_started_for_everyone(script: str, expected: str) -> None:
    """Its own flags are replaced, what is around it is kept."""
    assert next_start(script, 5001) == expected
    assert next_start(expected, 5001) == expected


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("node server.js", "server.js"),
        ("PORT=1 node ./bin/www", "bin/www"),
        ("node -r dotenv/config --inspect server/index.mjs --port 3", "server/index.mjs"),
        ("tsx watch src/server.ts", "src/server.ts"),
        ("next start", ""),
        ("node", ""),
        ("echo 'unclosed", ""),
        ("", ""),
    ],
)
def test_the_file_that_is_run_is_found(script: str, file: str) -> None:
    """It is what Node or the like is given."""
    assert server_file(script) == file


def test_what_needs_a_build_is_told_by_its_script() -> None:
    """And so is a bundler's own server."""
    assert all(map(uses_build, ["node dist/x.js", "serve -s build", "remix-serve ./x", "vite preview", "node out"]))
    assert not any(map(uses_build, ["node server.js", "node layout/x.js", "node distance.js"]))
    assert all(map(is_bundler, ["vite", "vite preview --port 3", "react-scripts start"]))
    assert not any(map(is_bundler, ["node server.js", "node vite-server.js", "concurrently 'node x.js' 'vite'"]))
