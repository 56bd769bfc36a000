"""The scenarios: each is what happens between a server and its workers, real or fake, and what must come of it."""
