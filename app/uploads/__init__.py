"""The streaming upload: an ASGI endpoint beside Quart, so that memory stays flat whatever is sent."""
