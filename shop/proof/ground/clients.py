"""Sends prepared requests over persistent connections as fast as they are answered."""

import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle

BUFFER = 1 << 16
TIMEOUT_SECONDS = 60
END_OF_HEAD = b"\r\n\r\n"


@dataclass(slots=True)
class Answers:
    """What came back: seconds each answer took, and how many were not as wanted."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    wall_s: float = 0.0

    @property
    def per_second(self) -> float:
        """Return how many good answers there were per second."""
        return (len(self.seconds) - self.refused) / self.wall_s if self.wall_s else 0.0


class Line:
    """One persistent connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        """Remember the port; the connection is made on first use and after each loss."""
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return status and body of the answer.

        A server closes a connection now and then; the request is then sent once more.
        """
        try:
            return self._ask(request)
        except (ConnectionError, BrokenPipeError):
            self.close()
            return self._ask(request)

    def close(self) -> None:
        """Close the connection if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(
                ("127.0.0.1", self._port), timeout=TIMEOUT_SECONDS
            )
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        received = self._more(b"")
        while END_OF_HEAD not in received:
            received = self._more(received)
        head, _, body = received.partition(END_OF_HEAD)
        length = _length(head)
        while len(body) < length:
            body = self._more(body)
        if b"connection: close" in head.lower():
            self.close()
        return int(head.split(b" ", 2)[1]), body

    def _more(self, received: bytes) -> bytes:
        part = self._socket.recv(BUFFER) if self._socket else b""
        if not part:
            raise ConnectionResetError("the server closed the connection")
        return received + part


def get(port: int, path: str) -> bytes:
    """Return a request for a page."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Accept-Language: zh-CN\r\nConnection: keep-alive\r\n\r\n"
    ).encode()


def ask_for(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float, status: int = 200
) -> Answers:
    """Ask for some pages in turn over so many connections for so long."""
    end = time.monotonic() + seconds

    def endless(offset: int) -> Iterator[bytes]:
        for request in cycle([*requests[offset:], *requests[:offset]]):
            if time.monotonic() >= end:
                return
            yield request

    return _together(
        port, [endless(place % len(requests)) for place in range(connections)], status
    )


def send_all(port: int, shares: Sequence[Sequence[bytes]], *, status: int) -> Answers:
    """Send every request of every share, each share over a connection of its own."""
    return _together(port, shares, status)


def _together(port: int, shares: Sequence[Iterable[bytes]], status: int) -> Answers:
    def one(share: Iterable[bytes]) -> Answers:
        return _talk(port, share, status)

    started = time.monotonic()
    with ThreadPoolExecutor(len(shares)) as pool:
        parts = list(pool.map(one, shares))
    whole = Answers(wall_s=time.monotonic() - started)
    for part in parts:
        whole.seconds += part.seconds
        whole.refused += part.refused
    return whole


def _talk(port: int, share: Iterable[bytes], status: int) -> Answers:
    line = Line(port)
    found = Answers()
    for request in share:
        started = time.monotonic()
        given, _ = line.ask(request)
        found.seconds.append(time.monotonic() - started)
        found.refused += given != status
    line.close()
    return found


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
