"""`callboard backup` and `callboard restore`: everything that a server keeps, in one file and back."""
