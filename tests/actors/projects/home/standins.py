"""A Node that is a shell script: it knows its version, a configuration, and how to pretend that it installs."""

import json
from collections.abc import Mapping
from pathlib import Path

from actors.projects.home.tools import Find
from actors.projects.packages.node import Candidate

REGISTRY = "registry.example.test"

NODE = r"""#!/bin/sh
here=$(dirname "$0")
if [ "$1" = --version ]; then echo v20.1.2; exit; fi
if [ "$2 $3" = "config list" ]; then cat "$here/config.json"; exit; fi
if grep -qs callboard-tools package.json; then echo "there is no registry" >&2; exit 1; fi
if [ "$2" = rebuild ]; then
  if ls "$here/../store" >/dev/null 2>&1; then echo "the store is seen"; fi
  echo "rebuilt, proxy: ${HTTPS_PROXY:-none}" | tee rebuilt; exit
fi
if [ "$2" != install ] && [ "$2" != ci ]; then exec "$@"; fi
echo "installing with $*"
echo "proxy: ${HTTPS_PROXY:-none}"
for option; do case $option in --cache=*) cache="${option#--cache=}";; esac; done
if [ "$2" = ci ] && [ ! -e "$cache/fetched" ]; then echo "the store does not have it"; exit 1; fi
if [ -e fail ]; then cat fail; exit 9; fi
if [ -e hang ]; then sleep 600 & touch hanging; sleep 600; fi
while [ -e slow ]; do sleep 0.02; done
if [ -e fill ]; then head -c 300000000 /dev/zero >filled; sleep 20; fi
mkdir -p node_modules/left-pad node_modules/@types/node
date +%N >node_modules/.package-lock.json
case "$*" in
  *--offline*) if touch "$cache/mine" 2>/dev/null; then echo "the store can be written"; fi;;
  *) echo locked >package-lock.json; mkdir -p "$cache"; touch "$cache/fetched"; ls -A;;
esac
"""

CONFIG = {"registry": f"https://{REGISTRY}/", "cafile": None}


def make_node(directory: Path, config: Mapping[str, object] = CONFIG) -> Find:
    """Make one, and return what finds it.

    Args:
        directory: Where.
        config: What npm says that its configuration is.
    """
    directory.mkdir(parents=True)
    program = directory / "node"
    program.write_text(NODE, encoding="ascii")
    program.chmod(0o755)
    npm = directory / "npm-cli.js"
    npm.write_text("", encoding="ascii")
    (directory / "config.json").write_text(json.dumps(config), encoding="ascii")
    return lambda: [Candidate(program, npm, (directory,), "a test")]
