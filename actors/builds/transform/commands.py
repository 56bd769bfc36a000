"""Rules for the text of npm scripts, which `sh -c` runs. Pure."""

import re
import shlex

_PORT = re.compile(
    r"(?P<head>(?:^|\s)(?:-p|-l|--port|--listen)(?:\s+|=)|(?:^|[\s;&|])PORT=[\"']?|tcp://[^\s:]+:)\d{1,5}(?![\w.])"
)
_COMPOUND = re.compile(r"[;&|\n]|\$\{?PORT\b")
_NEXT_START = re.compile(r"\bnext\s+start\b(?P<rest>[^;&|\n]*)")
_NEXT_FLAG = re.compile(r"\s+(?:-H|--hostname|-p|--port)(?:\s+|=)\S+")
_NODE = re.compile(r"(?:node|nodemon|tsx|ts-node|bun|deno|pm2|micro|babel-node)")
_BUILT = re.compile(r"(?:^|[\s=/\"'])(?:dist|build|out|\.output|\.next|\.svelte-kit)(?:[/\s\"']|$)")
_NEEDS_BUILD = re.compile(r"\b(?:remix-serve|react-router-serve|nuxt\s+(?:start|preview)|(?:astro|vite)\s+preview)\b")
_DEV_SERVER = re.compile(r"\b(?:vite|react-scripts|ng|parcel|webpack|webpack-dev-server)\b")
_RUNS_FILE = re.compile(r"\b(?:node|nodemon|tsx|ts-node|bun|deno)\s+(?!\S*node_modules/)[^\s;&|-]")
_HERE_ONLY = re.compile(r"(?P<head>--host(?:name)?[\s=]+|-H\s+|\bHOST=)(?:localhost|127\.0\.0\.1)\b")
_CODE_FILE = re.compile(r".*\.[cm]?[jt]s")
_SCRIPT = re.compile(r"[^-=\s][^\s=]*")


def with_port(script: str, port: int) -> str:
    """Return a script that listens on `port`, as far as its text decides that.

    A port that is written there is changed. Where none is, PORT and HOST are set for what the script runs, for all of
    it where it is more than one command. Doing it again changes nothing.
    """
    changed, count = _PORT.subn(rf"\g<head>{port}", _HERE_ONLY.sub(r"\g<head>0.0.0.0", script))
    if count:
        return changed
    script = changed
    if _COMPOUND.search(script):
        return f"export PORT={port} HOST=0.0.0.0 && {script}"
    return f"PORT={port} HOST=0.0.0.0 {script}"


def next_start(script: str, port: int) -> str:
    """Return a script that starts a Next app on `port` for everyone; what else it does around that is kept."""
    flags = f"-H 0.0.0.0 -p {port}"

    def with_flags(found: "re.Match[str]") -> str:
        rest = found.group("rest")
        kept = _NEXT_FLAG.sub("", rest)
        space = kept[len(kept.rstrip()) :]
        return f"next start {flags}{kept.rstrip()}{space}"

    changed, count = _NEXT_START.subn(with_flags, script)
    return changed if count else f"next start {flags}"


def server_file(script: str) -> str:
    """Return the file that a script runs with Node or the like, without a leading `./`, or nothing."""
    try:
        words = shlex.split(script)
    except ValueError:
        return ""
    for at, word in enumerate(words):
        if _NODE.fullmatch(word.rpartition("/")[2]):
            rest = [each for each in words[at + 1 :] if _is_file(each)]
            file = next(filter(_CODE_FILE.fullmatch, rest), (rest or [""])[0])
            return file[2:] if file.startswith("./") else file
    return ""


def _is_file(word: str) -> bool:
    """Say whether a word after `node` can be the file of an app: no flag, and none of a package's own programs."""
    return bool(_SCRIPT.fullmatch(word)) and word not in {"run", "watch", "start"} and "node_modules/" not in word


def uses_build(script: str) -> bool:
    """Say whether a script starts what a build makes."""
    return bool(_BUILT.search(script) or _NEEDS_BUILD.search(script))


def is_bundler(script: str) -> bool:
    """Say whether a script runs a bundler's own server, made for development or a look at the result."""
    return bool(_DEV_SERVER.search(script)) and not server_file(script) and not _RUNS_FILE.search(script)
