"""Backups of a data directory: made while a server runs, and put back whole or not at all."""
