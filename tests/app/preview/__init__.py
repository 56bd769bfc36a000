"""Previews, with stand-ins for the projects and for their apps."""
