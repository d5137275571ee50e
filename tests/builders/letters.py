"""A mail server for tests: takes every letter and keeps it."""

import socketserver
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Self

from orders.values import Recipient

WANG = Recipient(
    "王小姐", "13800000000", "重庆市", "重庆市", "渝中区", "解放碑一号", "wang@example.cn"
)
"""A buyer who can be written to."""


class _Talk(socketserver.StreamRequestHandler):
    """One conversation of the simplest kind."""

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            self._server().heard.append(line)
            if verb == b"DATA":
                self._say("354 go on")
                self._keep()
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 fine")

    def _keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self._server().letters.append(message_from_bytes(b"".join(lines), policy=default))

    def _server(self) -> "_Server":
        assert isinstance(self.server, _Server)
        return self.server

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[EmailMessage] = []
        self.heard: list[bytes] = []


class MailServer:
    """A server on a free port for the length of a block."""

    def __init__(self) -> None:
        self._server = _Server()
        self.letters = self._server.letters
        self.heard = self._server.heard
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening; closing twice is the same."""
        self._server.shutdown()
        self._server.server_close()
