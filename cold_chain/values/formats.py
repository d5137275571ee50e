"""What a decoder is told about the sender, and what it found in the bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cold_chain.values.commands import DoorSeen, Measured
from cold_chain.values.kinds import ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The device whose bytes are read: it may speak of its own channels only."""

    device_code: str
    serial: str
    channels: Mapping[str, ChannelKind]
    primary: Mapping[ChannelKind, str]
    """The channel meant where a format names a kind of value and no channel."""
    received_at: datetime


class Refused(NamedTuple):
    """One row, record or frame that was not taken."""

    place: int
    """Line of a file from 1, record or frame from 0."""
    code: str
    text: str
    """What stood there, cut short."""


@dataclass(slots=True)
class Findings:
    """What a body says."""

    readings: list[Measured] = field(default_factory=list)
    doors: list[DoorSeen] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    rows: int = 0
    """Rows, records or frames that were looked at."""
    ignored: int = 0
    """Values that are neither temperatures nor doors; they stay in the raw block."""
