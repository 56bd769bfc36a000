"""From a server's start to its end."""
