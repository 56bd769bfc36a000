"""Starts the stand-in: see the package."""

import json
import os
import sys
import threading
from argparse import ArgumentParser
from pathlib import Path

from tests.standins.messages_api.alone import leave_network
from tests.standins.messages_api.conversation import Conversations
from tests.standins.messages_api.log import RequestLog
from tests.standins.messages_api.server import Server


def main() -> None:
    """Serve until the end of stdin, which is where whoever started this holds it."""
    parser = ArgumentParser(prog="messages_api", description="A stand-in of the Anthropic Messages API on loopback.")
    parser.add_argument("--port", type=int, default=0, help="where to listen; any that is free when not given")
    parser.add_argument("--log", type=Path, help="the file that requests are added to, one JSON line each")
    parser.add_argument("--scripts", type=Path, action="append", default=[], help="a directory of scripts NAME.json")
    parser.add_argument("--always", default="hello", help="the script of prompts that name none")
    parser.add_argument("--alone", action="store_true", help="leave the network first: nothing but loopback")
    chosen = parser.parse_args()
    if chosen.alone:
        leave_network()
    server = Server(chosen.port, Conversations(chosen.scripts, chosen.always), RequestLog(chosen.log))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"port": server.server_port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
