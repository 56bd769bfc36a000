"""What a generator may do to a project: typed functions with schemas, limits and events, and one way to call them."""
