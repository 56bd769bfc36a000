"""Uploads that survive a dropped connection: begin one, see what is there, and make a job of it."""
