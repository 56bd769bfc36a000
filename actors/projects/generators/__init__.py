"""Generators of projects: what turns a prompt into an app, and a follow-up into a change, by calling tools."""
