"""A sender and its bytes for tests of the decoders."""

from typing import Any

from cold_chain.values import ChannelKind
from cold_chain.values.formats import Sender
from tests.builders.cold_chain import NOON


def a_sender(**changes: Any) -> Sender:
    """Return a logger with two thermometers and a door contact."""
    values: dict[str, Any] = {
        "device_code": "LOG-1",
        "serial": "S-LOG-1",
        "channels": {
            "t1": ChannelKind.TEMPERATURE,
            "t2": ChannelKind.TEMPERATURE,
            "door": ChannelKind.DOOR,
        },
        "primary": {ChannelKind.TEMPERATURE: "t1", ChannelKind.DOOR: "door"},
        "received_at": NOON,
    }
    return Sender(**(values | changes))
