"""A pipeline for builds that leaves a process behind which tries to get away: it has a session of its own."""

PROGRAM = '''"""Makes a small app, and starts a process that does not belong to its session."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

name = next(word for word in sys.argv if word.startswith("--app-name=")).partition("=")[2]
prompt = next(word for word in sys.argv if word.startswith("--user-prompt=")).partition("=")[2]
environment = {} if os.environ.get("TORTURE_BARE") == "1" else None
sleep = shutil.which("sleep") or "/bin/sleep"
quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
subprocess.Popen([sleep, "1000"], start_new_session=True, env=environment, **quiet)

for agent in ("PRD Agent", "Wireframe Agent", "Frontend Writer"):
    print(f"\\U0001f916 {agent}: Starting")
    time.sleep(0.02 * (len(prompt) % 10))
    print(f"\\u2705 {agent} complete. Cost: $0.0")
frontend = Path("apps", name, "frontend")
frontend.mkdir(parents=True, exist_ok=True)
(frontend / "index.html").write_text(f"<!doctype html><title>{name}</title>", encoding="utf-8")
package = {"name": name, "version": "1.0.0", "private": True}
(frontend / "package.json").write_text(json.dumps(package), encoding="utf-8")
'''
