"""How the parts of a server are joined."""
