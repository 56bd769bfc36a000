"""A stand-in for the App Factory: the same flags, the same lines, the same files, without an AI and without a bill."""
