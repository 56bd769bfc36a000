"""Projects: from a prompt to an app, its files, its versions and its preview."""
