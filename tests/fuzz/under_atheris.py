"""One target under atheris, in atheris's own environment: `python -m tests.fuzz.under_atheris NAME CORPUS [FLAGS]`.

The flags are libFuzzer's. What is loaded of ours, and what reads for us, is instrumented, so that an input that reaches
new lines is kept.
"""

import sys

import atheris

with atheris.instrument_imports(include=["app", "actors", "client", "h11", "multipart"], enable_loader_override=False):
    from tests.fuzz.targets.table import TARGETS


def main() -> None:
    """Fuzz until the flags say that it is enough, or something was found."""
    name, *flags = sys.argv[1:]
    call = TARGETS[name].call

    def once(data: bytes) -> None:
        call(data)

    atheris.Setup([sys.argv[0], *flags], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
