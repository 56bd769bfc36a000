"""The Claude agent's worker: one suite for the real one and for a fake one that repeats what the real one said."""
