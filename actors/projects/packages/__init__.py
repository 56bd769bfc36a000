"""Node, the package manager and how it is called: found on this machine and asked, never assumed."""
