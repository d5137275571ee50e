"""Redis as the broker of messages, with one thing mended: a lost word does not stop a worker.

Kombu counts a message as unfinished until Redis has heard that it is done. A worker whose
messages end while Redis is away would count them for ever, take no more, and never notice that
Redis is back. Here they are forgotten all the same; Redis, if it still has them, delivers them
once more, and every task may be done twice.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual


class _QoS(redis.QoS):
    def ack(self: Any, delivery_tag: str) -> None:
        """Tell Redis that a message is done, and forget it whatever Redis answers."""
        try:
            self._remove_from_indices(delivery_tag).execute()
        finally:
            virtual.QoS.ack(self, delivery_tag)


class _Channel(redis.Channel):
    QoS = _QoS


class Transport(redis.Transport):
    """Kombu's transport for Redis, with the queue discipline above."""

    Channel = _Channel


def mend() -> None:
    """Let addresses of Redis lead to the transport above from now on."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
