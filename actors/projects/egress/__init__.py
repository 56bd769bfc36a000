"""The one way out of a sandbox: a CONNECT proxy on a unix socket that leads to a few listed hosts and nowhere else.

The rules (`names`, `requests`, `addresses`) are pure; `relay` and `proxy` are the I/O around them. What is inside a
tunnel is the client's and the host's own affair (TLS), and is not looked at.
"""
