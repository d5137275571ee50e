"""A worker whose word does not reach Redis goes on when Redis is back."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue
from kombu.transport import TRANSPORT_ALIASES

from shop import broker
from shop.proof.experiments.redis_away import OwnRedis

HERE = Queue("letters", Exchange("post"), "letters")


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    made = OwnRedis(tmp_path / "redis")
    yield made
    made.stop()


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("redis", "rediss"):
        monkeypatch.setitem(TRANSPORT_ALIASES, name, TRANSPORT_ALIASES[name])
    monkeypatch.setattr("kombu.transport._transport_cache", {})
    broker.mend()


@pytest.mark.usefixtures("mended")
def test_a_message_that_ends_while_redis_is_away_makes_room_for_the_next(
    own_redis: OwnRedis,
) -> None:
    url = own_redis.url.replace("unix://", "redis+socket://", 1)
    with Connection(url, transport_options={"socket_timeout": 1}) as connection:
        channel: Any = connection.channel()
        queue = HERE(channel)
        queue.declare()
        channel.basic_qos(0, 1, apply_global=False)
        connection.Producer(channel).publish({"to": "A"}, "letters", exchange="post")
        message = queue.get()
        assert message is not None
        assert not channel.qos.can_consume()

        with own_redis.gone():
            message.ack_log_error(logging.getLogger("test"), connection.connection_errors)
            assert channel.qos.can_consume()
