"""From uploads to columns: what goes to the readings, to the doors, and what is set aside."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from cold_chain.errors import ChannelKindError, ChannelUnknownError
from cold_chain.rules.intake import classify, is_clock_fault
from cold_chain.rules.moments import from_us, to_us
from cold_chain.service.blocks import Block
from cold_chain.values import ChannelKind, ReadingQuality, Upload

ChannelRow = tuple[int, ChannelKind]
DAY_US = 86_400_000_000


class Reach(NamedTuple):
    """From which to which moment the readings of a block go, microseconds."""

    low_us: int
    high_us: int


@dataclass(slots=True)
class Columns:
    """Readings as columns, ready to be sent as arrays."""

    channels: list[int] = field(default_factory=list)
    ats_us: list[int] = field(default_factory=list)
    centis: list[int] = field(default_factory=list)
    qualities: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)

    def of_blocks(self, chosen: set[int]) -> "Columns":
        """Return the rows of some blocks."""
        kept = [index for index, block in enumerate(self.blocks) if block in chosen]
        return Columns(
            [self.channels[index] for index in kept],
            [self.ats_us[index] for index in kept],
            [self.centis[index] for index in kept],
            [self.qualities[index] for index in kept],
            [self.blocks[index] for index in kept],
        )


@dataclass(slots=True)
class Decoded:
    """What a set of uploads says, sorted by where it is kept."""

    readings: Columns = field(default_factory=Columns)
    faults: list[dict[str, object]] = field(default_factory=list)
    doors: list[dict[str, object]] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)
    quarantined: Counter[int] = field(default_factory=Counter)
    faulty: Counter[int] = field(default_factory=Counter)
    reaches: dict[int, Reach] = field(default_factory=dict)
    """By block, over readings and doors."""

    def days(self) -> list[date]:
        """Return the UTC days that hold a reading."""
        return [
            from_us(day * DAY_US).date()
            for day in {at_us // DAY_US for at_us in self.readings.ats_us}
        ]


def decode(blocks: Iterable[Block], channels: Mapping[tuple[int, str], ChannelRow]) -> Decoded:
    """Sort the samples of new blocks; a channel not the device's raises a `ReadingError`."""
    decoded = Decoded()
    for block in blocks:
        _decode_temperatures(decoded, block, channels)
        _decode_doors(decoded, block, channels)
    return decoded


def _decode_temperatures(
    decoded: Decoded, block: Block, channels: Mapping[tuple[int, str], ChannelRow]
) -> None:
    received_at = block.upload.received_at
    columns = decoded.readings
    ids = _resolve(block, {one.channel_code for one in block.upload.readings}, channels)
    for code, at, centi in block.upload.readings:
        channel_id = _expect(ids[code], ChannelKind.TEMPERATURE, code)
        quality = classify(centi, at, received_at=received_at)
        if is_clock_fault(quality):
            decoded.faulty[block.id] += 1
            decoded.faults.append(
                {
                    "channel_id": channel_id,
                    "at": at,
                    "centi_celsius": centi,
                    "quality": quality,
                    "block_id": block.id,
                }
            )
            continue
        if quality is not ReadingQuality.GOOD:
            decoded.quarantined[block.id] += 1
        columns.channels.append(channel_id)
        columns.ats_us.append(to_us(at))
        columns.centis.append(centi)
        columns.qualities.append(quality.value)
        columns.blocks.append(block.id)
        decoded.sent[block.id] += 1
    _reach(decoded, block, columns.ats_us[len(columns.ats_us) - decoded.sent[block.id] :])


def _decode_doors(
    decoded: Decoded, block: Block, channels: Mapping[tuple[int, str], ChannelRow]
) -> None:
    upload: Upload = block.upload
    ids = _resolve(block, {one.channel_code for one in upload.doors}, channels)
    moments = []
    for code, at, is_open in upload.doors:
        channel_id = _expect(ids[code], ChannelKind.DOOR, code)
        if is_clock_fault(classify(0, at, received_at=upload.received_at)):
            decoded.faulty[block.id] += 1
            continue
        moments.append(to_us(at))
        decoded.doors.append(
            {"channel_id": channel_id, "at": at, "is_open": is_open, "block_id": block.id}
        )
    _reach(decoded, block, moments)


def _resolve(
    block: Block, codes: Iterable[str], channels: Mapping[tuple[int, str], ChannelRow]
) -> dict[str, ChannelRow]:
    found = {}
    for code in codes:
        channel = channels.get((block.device_id, code))
        if channel is None:
            raise ChannelUnknownError(block.upload.device_code, code)
        found[code] = channel
    return found


def _expect(channel: ChannelRow, kind: ChannelKind, code: str) -> int:
    if channel[1] is not kind:
        raise ChannelKindError(code, kind.value)
    return channel[0]


def _reach(decoded: Decoded, block: Block, moments: list[int]) -> None:
    if not moments:
        return
    known = decoded.reaches.get(block.id)
    ends = [min(moments), max(moments), *(known or ())]
    decoded.reaches[block.id] = Reach(min(ends), max(ends))
