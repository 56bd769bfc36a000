"""Uploads that survive a dropped connection: photos are sent one by one, kept, and made a job of at the end."""
