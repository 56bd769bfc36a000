"""The one dev server of a project: started confined, watched, reached over a unix socket, stopped when idle."""
