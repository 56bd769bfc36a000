"""What is on disk: actors and their events, in one journal with one writer."""
