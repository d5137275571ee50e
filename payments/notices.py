"""What a provider of short messages must be able to do; the demo's one writes them down."""

from typing import Protocol


class NoticeGateway(Protocol):
    """One provider; it talks to the outside and is never called inside a transaction."""

    def send(self, phone: str, body: str, *, key: str) -> None:
        """Hand over one message, once for a key; raises `OSError` when it fails."""
        ...
