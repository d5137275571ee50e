"""Ports for servers that tests start."""

import socket
from random import SystemRandom

BELOW_OUTGOING = range(20_000, 32_000)
"""Systems give no outgoing connection a port of these, so none is taken meanwhile."""


def a_free_port() -> int:
    """Return a port on which nobody listens."""
    for port in SystemRandom().sample(BELOW_OUTGOING, 100):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("no port is free")
