"""The environment of the Claude Agent SDK: found, made and removed."""
