"""Commands that run the server in place; the only part of the client that imports it."""
