"""`callboard doctor`: whether this machine, its settings and its data are well, and what to do where they are not."""
