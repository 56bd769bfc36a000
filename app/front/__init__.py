"""The listener in front of the HTTP server: guards, the broadcaster, and the seam to hypercorn."""
