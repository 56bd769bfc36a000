"""What all projects of a server share: the sandbox's level, Node and the package manager, and the store of packages."""
