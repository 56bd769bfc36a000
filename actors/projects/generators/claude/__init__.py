"""Makes and changes apps by talking to Claude through its Agent SDK, which runs in an environment of its own."""
