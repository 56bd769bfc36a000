"""Generators: what makes an app from a prompt; projects and builds share them."""
