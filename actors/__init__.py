"""Supervised trio actors: jobs that own their directory and their processes. Nothing here knows HTTP."""
