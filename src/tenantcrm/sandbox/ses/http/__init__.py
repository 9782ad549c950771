"""HTTP/1.1 on asyncio's transports, for a server that must be quick and must be able to break.

A mail costs the simulator less than a framework's way to a handler and back. And a connection
that shall break, or never be answered, has to be in one's own hands. All other requests go on to
an ASGI application (``asgi``).
"""
