"""From a server's start to its end: what signals mean, draining, and reading files again."""
