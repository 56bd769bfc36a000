"""HTTP/1.1 over a connection of ours, straight into the ASGI application: no task, queue or copy for each request."""
