"""JT/T 808 frames (2013 and 2019): positions, and the temperatures vendors add to them.

The standard has no temperature. The item 0x51 that most vendors use holds two bytes a
channel in tenths of °C as sign and magnitude; 0xFFFF says that no probe is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import reduce
from operator import xor

from cold_chain.values import ChannelKind, Measured
from cold_chain.values.formats import Findings, Refused, Sender
from kernel.errors import InvalidError

FLAG = 0x7E
ESCAPE = 0x7D
ESCAPED = {0x01: ESCAPE, 0x02: FLAG}
POSITION = 0x0200
POSITIONS = 0x0704
TEMPERATURES = 0x51
NO_PROBE = 0xFFFF
NO_PROBE_CENTI = 655_350
MINUS = 0x8000
IS_2019 = 0x4000
IS_PART = 0x2000
ENCRYPTION = 0x1C00
LENGTH = 0x03FF
BASE_LENGTH = 28
MAX_FRAMES = 10_000
SHOWN = 40
ZONE = timezone(timedelta(hours=8))
"""Terminals tell the time of Beijing."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame without its flags, escapes and checksum."""

    message: int
    terminal: str
    """Number of the terminal as its BCD digits say, with leading zeros."""
    number: int
    is_2019: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """One position report; items nobody knows stay as they came."""

    at: datetime | None
    """Empty when the digits are no moment."""
    celsius_tenths: tuple[int | None, ...]
    """By channel from 1; empty where no probe is."""
    items: tuple[tuple[int, bytes], ...]


class FrameError(Exception):
    """A frame cannot be read; the code says why."""

    def __init__(self, code: str) -> None:
        """Remember the code."""
        super().__init__(code)
        self.code = code


def decode(body: bytes, sender: Sender) -> Findings:
    """Return what a run of frames says; a frame that cannot be read is told, not guessed.

    Raises `InvalidError` where a frame comes from another terminal than the sender.
    """
    findings = Findings()
    for place, packed in enumerate(split(body)):
        findings.rows += 1
        if findings.rows > MAX_FRAMES:
            raise InvalidError("jt808_too_many", "too many frames", maximum=MAX_FRAMES)
        try:
            frame = read_frame(packed)
            _check_terminal(frame, sender)
            positions = list(read_positions(frame))
        except FrameError as error:
            findings.refused.append(Refused(place, error.code, packed.hex()[:SHOWN]))
            continue
        for position in positions:
            _take(findings, place, position, sender)
    if not findings.rows:
        raise InvalidError("jt808_unreadable", "there is no frame between two flags")
    return findings


def split(body: bytes) -> Iterator[bytes]:
    """Yield what stands between the flags, still escaped."""
    for part in body.split(bytes([FLAG])):
        if part:
            yield part


def read_frame(packed: bytes) -> Frame:
    """Return a frame from what stands between two flags; raises `FrameError`."""
    plain = _unescape(packed)
    if len(plain) < 13:  # noqa: PLR2004 -- the shortest header and the checksum
        raise FrameError("frame_too_short")
    if reduce(xor, plain):
        raise FrameError("frame_checksum_wrong")
    attributes = int.from_bytes(plain[2:4])
    is_2019 = bool(attributes & IS_2019)
    start = 17 if is_2019 else 12
    terminal = plain[5:15] if is_2019 else plain[4:10]
    if attributes & ENCRYPTION:
        raise FrameError("frame_encrypted")
    if attributes & IS_PART:
        raise FrameError("frame_in_parts")
    content = plain[start:-1]
    if len(plain) <= start or len(content) != attributes & LENGTH:
        raise FrameError("frame_length_wrong")
    return Frame(
        message=int.from_bytes(plain[:2]),
        terminal=terminal.hex(),
        number=int.from_bytes(plain[start - 2 : start]),
        is_2019=is_2019,
        body=content,
    )


def read_positions(frame: Frame) -> Iterator[Position]:
    """Yield the positions of a report or of a batch of reports; none for other messages."""
    if frame.message == POSITION:
        yield _read_position(frame.body)
    elif frame.message == POSITIONS:
        count, rest = int.from_bytes(frame.body[:2]), frame.body[3:]
        for _ in range(count):
            length = int.from_bytes(rest[:2])
            if len(rest) < 2 + length or length < BASE_LENGTH:
                raise FrameError("frame_length_wrong")
            yield _read_position(rest[2 : 2 + length])
            rest = rest[2 + length :]


def pack(message: int, terminal: str, number: int, content: bytes, *, is_2019: bool) -> bytes:
    """Return a whole frame with flags, escapes and checksum."""
    attributes = len(content) | (IS_2019 if is_2019 else 0)
    head = message.to_bytes(2) + attributes.to_bytes(2)
    digits = terminal.zfill(20 if is_2019 else 12)
    head += (b"\x01" if is_2019 else b"") + bytes.fromhex(digits) + number.to_bytes(2)
    plain = head + content
    plain += bytes([reduce(xor, plain)])
    escaped = plain.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
    return b"\x7e" + escaped + b"\x7e"


def _unescape(packed: bytes) -> bytes:
    plain = bytearray()
    bytes_left = iter(packed)
    for byte in bytes_left:
        if byte != ESCAPE:
            plain.append(byte)
            continue
        escaped = ESCAPED.get(next(bytes_left, -1))
        if escaped is None:
            raise FrameError("frame_escape_wrong")
        plain.append(escaped)
    return bytes(plain)


def _read_position(body: bytes) -> Position:
    if len(body) < BASE_LENGTH:
        raise FrameError("frame_length_wrong")
    items = tuple(_read_items(body[BASE_LENGTH:]))
    tenths: tuple[int | None, ...] = ()
    for name, content in items:
        if name == TEMPERATURES:
            if len(content) % 2:
                raise FrameError("frame_length_wrong")
            tenths = tuple(
                _tenths(int.from_bytes(content[at : at + 2]))
                for at in range(0, len(content), 2)
            )
    return Position(_moment(body[22:28]), tenths, items)


def _read_items(rest: bytes) -> Iterator[tuple[int, bytes]]:
    while rest:
        if len(rest) < 2 or len(rest) < 2 + rest[1]:  # noqa: PLR2004 -- number and length
            raise FrameError("frame_length_wrong")
        yield rest[0], rest[2 : 2 + rest[1]]
        rest = rest[2 + rest[1] :]


def _tenths(word: int) -> int | None:
    if word == NO_PROBE:
        return None
    return -(word & ~MINUS) if word & MINUS else word


def _moment(digits: bytes) -> datetime | None:
    try:
        return datetime.strptime(digits.hex(), "%y%m%d%H%M%S").replace(tzinfo=ZONE)
    except ValueError:
        return None


def _check_terminal(frame: Frame, sender: Sender) -> None:
    """Refuse frames of another terminal, where the register knows the sender's number."""
    known = sender.serial
    if known.isascii() and known.isdigit() and frame.terminal.lstrip("0") != known.lstrip("0"):
        raise InvalidError(
            "jt808_other_terminal", "another terminal", terminal=frame.terminal.lstrip("0")
        )


def _take(findings: Findings, place: int, position: Position, sender: Sender) -> None:
    findings.ignored += sum(name != TEMPERATURES for name, _ in position.items)
    if position.at is None:
        findings.refused.append(Refused(place, "moment_unreadable", ""))
        return
    for number, tenths in enumerate(position.celsius_tenths, 1):
        channel = f"t{number}"
        if sender.channels.get(channel) is ChannelKind.TEMPERATURE:
            centi = NO_PROBE_CENTI if tenths is None else tenths * 10
            findings.readings.append(Measured(channel, position.at, centi))
        elif tenths is not None:
            findings.refused.append(Refused(place, "channel_unknown", channel))
