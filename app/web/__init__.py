"""The pages and their assets, served by this server."""
