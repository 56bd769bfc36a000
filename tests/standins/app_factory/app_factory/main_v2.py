"""What the App Factory looks like from outside; see the README beside the package.

Not imported by anything: it runs by itself, on any Python, with the standard library alone.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
ROBOT, DONE, CROSS = "\U0001f916", "\u2705", "\u274c"
AGENTS = (("PRD Agent", 0.12), ("Interaction Spec Agent", 0.2), ("Wireframe Agent", 0.31), ("Frontend Writer", 0.4))
SPECS = ("business_prd.md", "frontend-interaction-spec.md", "technical-implementation-spec.md")
DOTTED = {"dot-gitignore": ".gitignore", "dot-env.example": ".env.example"}


def say(text: str = "", end: str = "\n") -> None:
    """Print a line, at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def pause(seconds: float) -> None:
    """Wait, as long as `STANDIN_SPEED` wants."""
    speed = float(os.environ.get("STANDIN_SPEED", "1"))
    if speed > 0:
        time.sleep(seconds / speed)  # the pace of what it stands for


class Factory:
    """One run.

    Args:
        name: The app's name.
        prompt: What is asked for.
    """

    def __init__(self, name: str, prompt: str) -> None:
        self.root = CHECKOUT if os.environ.get("STANDIN_WHERE") == "checkout" else Path.cwd()
        self.name = name
        self.prompt = prompt

    @property
    def app(self) -> Path:
        """The directory of all that belongs to the app."""
        return self.root / "apps" / self.name

    def agents(self, count: int = len(AGENTS)) -> None:
        """Let the first agents work, and leave what each leaves."""
        for number, (agent, cost) in enumerate(AGENTS[:count]):
            say(f"{ROBOT} {agent}: Starting")
            for second in (30, 60):
                pause(0.2)
                say(f"[HEARTBEAT] {agent} active for {second}s")
            if number == 1:
                self.specify()
            if number == 3:
                self.write_frontend()
            pause(0.3)
            say(f"{DONE} {agent} complete. Cost: ${cost}")

    def specify(self) -> None:
        """Write the specifications, one iteration after the other."""
        for iteration in (1, 2):
            say(f"Writer iteration {iteration}/2")
            pause(0.1)
            say(f"Critic score {7.5 + iteration / 2:g}")
        specs = self.app / "specs"
        specs.mkdir(parents=True, exist_ok=True)
        for spec in SPECS:
            (specs / spec).write_text(f"# {spec}\n\n{self.prompt}\n", encoding="utf-8")
        checkpoint = self.root / "checkpoints" / f"{self.name}_checkpoint.json"
        checkpoint.parent.mkdir(exist_ok=True)
        checkpoint.write_text('{"stage": 1}\n', encoding="utf-8")

    def write_frontend(self) -> None:
        """Write the app; its package.json comes last."""
        source = CHECKOUT / "apps_made" / os.environ.get("STANDIN_KIND", "next")
        for path in sorted(source.rglob("*"), key=lambda path: path.name == "package.json"):
            target = self.app / "frontend" / path.relative_to(source).with_name(DOTTED.get(path.name, path.name))
            if path.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                text = path.read_text(encoding="utf-8").replace("NAME", self.name)
                target.write_text(text, encoding="utf-8")
                pause(0.05)


def normal(factory: Factory) -> None:
    """All goes well."""
    factory.agents()
    say(f"{DONE} {factory.name} is ready in {factory.app}")


def stage_fails(factory: Factory) -> None:
    """The last stage fails, which nobody takes notice of."""
    factory.agents(3)
    say(f"{CROSS} Frontend Writer failed: no credit")


def asks(factory: Factory) -> None:
    """A question, whose answer is taken for granted."""
    say("What colour? ", end="")
    say(input())
    factory.agents()


def asks_kindly(factory: Factory) -> None:
    """A question that need not be answered."""
    try:
        asks(factory)
    except EOFError:
        say("Nobody there: blue.")
        factory.agents()


def loud(_: Factory) -> None:
    """Signs of life for ever."""
    seconds = 0
    while True:
        say(f"[HEARTBEAT] PRD Agent active for {seconds}s")
        seconds += 30
        time.sleep(0.05)  # the pace of its signs of life


def silent(_: Factory) -> None:
    """Nothing at all."""
    say("Thinking")
    while True:
        time.sleep(60)  # it says nothing until it is ended


def dots(_: Factory) -> None:
    """Signs of life that are no lines."""
    while True:
        say(".", end="")
        time.sleep(0.05)  # the pace of its signs of life


def stubborn(factory: Factory) -> None:
    """Does not want to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    loud(factory)


def leave_one() -> None:
    """Leave a process behind in a session of its own, which holds the output open; its pid goes to a file."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            Path("left.pid").write_text(str(os.getpid()), encoding="ascii")
            os.close(write)
            while True:
                time.sleep(60)  # it has to be ended
        os._exit(0)
    os.close(write)
    os.wait()
    os.read(read, 1)  # which ends when it has closed its end, and so has written the file
    os.close(read)


def leaves(factory: Factory) -> None:
    """Ends well, but for one process."""
    leave_one()
    factory.agents()


def leaves_loud(factory: Factory) -> None:
    """The same, without an end."""
    leave_one()
    loud(factory)


def floods(factory: Factory) -> None:
    """More lines than anybody reads."""
    for start in range(0, 10_000, 1000):
        say("\n".join(f"{n}: still writing file {n:x}.tsx" for n in range(start, start + 1000)))
    factory.agents()


def noise(factory: Factory) -> None:
    """All that makes trouble for whoever reads."""
    say("x" * 1_000_000, end="")
    say("\n\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain")
    sys.stdout.buffer.write(b"bad \xff\xfe bytes\nNUL\x00 and bell\x07\n")
    for percent in range(101):
        say(f"Downloading {'#' * (percent // 10)} {percent}%", end="\r")
    say("\n" + "=" * 60)
    sys.stderr.write("a word on stderr\n")
    factory.agents()


def crashes(factory: Factory) -> None:
    """Fails early."""
    factory.agents(1)
    raise RuntimeError("the model is not available")


def crashes_late(factory: Factory) -> None:
    """Fails when all is there."""
    factory.agents()
    raise RuntimeError("the last check failed")


def killed(factory: Factory) -> None:
    """Is killed, as when the memory is used up."""
    factory.agents(1)
    os.kill(os.getpid(), signal.SIGKILL)


def links(factory: Factory) -> None:
    """The app is somewhere else."""
    factory.agents()
    elsewhere = factory.root / "elsewhere"
    shutil.move(str(factory.app / "frontend"), elsewhere)
    (factory.app / "frontend").symlink_to(elsewhere)


MODES: dict[str, Callable[[Factory], None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        *(normal, stage_fails, asks, asks_kindly, loud, silent, dots, stubborn, leaves, leaves_loud),
        *(floods, noise, crashes, crashes_late, killed, links),
    )
}


def main() -> None:
    """Read the flags, and do as `STANDIN_MODE` says."""
    parser = argparse.ArgumentParser(prog="app_factory.main_v2")
    parser.add_argument("--user-prompt", required=True)
    parser.add_argument("--app-name", required=True)
    parser.add_argument("--skip-questions", action="store_true")
    parser.add_argument("--iterative-stage-1", action="store_true")
    flags = parser.parse_args()
    if not (flags.skip_questions and flags.iterative_stage_1):
        parser.error("questions are asked without --skip-questions --iterative-stage-1")
    say(f"Building {flags.app_name}: {flags.user_prompt[:200]}")
    MODES[os.environ.get("STANDIN_MODE", "normal")](Factory(flags.app_name, flags.user_prompt))


if __name__ == "__main__":
    main()
