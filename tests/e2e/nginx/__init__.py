"""Callboard behind a real nginx, with the configuration that is handed out."""
