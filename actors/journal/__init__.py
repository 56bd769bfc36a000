"""What is on disk: actors and their events, in one SQLite journal with one writer and group commit."""
