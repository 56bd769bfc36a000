"""What holds for all tests."""

import signal


def pytest_configure() -> None:
    """Take SIGINT, which what a shell starts with `&` ignores, as do its children: some tests are about a Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
