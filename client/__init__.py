"""The client: the `callboard` command, and the library under it. Runs on any platform."""
