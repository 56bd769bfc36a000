"""Events: one cursor, as JSON pages, Server-Sent Events and WebSocket messages."""
