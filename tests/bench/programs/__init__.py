"""Programs that are measured: Callboard with a handle, its parts alone, and the least that does the same."""
