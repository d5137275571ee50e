"""Checksums of single lines, as loggers append them in hexadecimal."""

import binascii
import zlib
from collections.abc import Callable

from cold_chain.values.tables import Checksum

REFLECTED_8005 = 0xA001


def _crc16_reflected(data: bytes, start: int) -> int:
    rest = start
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ REFLECTED_8005 if rest & 1 else rest >> 1
    return rest


def _xor(data: bytes) -> int:
    rest = 0
    for byte in data:
        rest ^= byte
    return rest


RULES: dict[Checksum, tuple[int, Callable[[bytes], int]]] = {
    Checksum.XOR8: (2, _xor),
    Checksum.SUM8: (2, lambda data: sum(data) & 0xFF),
    Checksum.SUM16: (4, lambda data: sum(data) & 0xFFFF),
    Checksum.CRC16_CCITT: (4, lambda data: binascii.crc_hqx(data, 0xFFFF)),
    Checksum.CRC16_XMODEM: (4, lambda data: binascii.crc_hqx(data, 0)),
    Checksum.CRC16_ARC: (4, lambda data: _crc16_reflected(data, 0)),
    Checksum.CRC16_MODBUS: (4, lambda data: _crc16_reflected(data, 0xFFFF)),
    Checksum.CRC32: (8, zlib.crc32),
}
"""Rule → its hexadecimal digits, and how it is reckoned."""


def reckon(rule: Checksum, data: bytes) -> str:
    """Return the checksum of a line's bytes in upper-case hexadecimal."""
    digits, function = RULES[rule]
    return f"{function(data):0{digits}X}"


def is_right(rule: Checksum, line: str, separator: str) -> bool:
    """Say whether a line ends in the checksum of what stands before it.

    Devices differ in whether the last separator counts; either is right.
    """
    before, found, told = line.rpartition(separator)
    if not found:
        return False
    told = told.strip().upper()
    return told in {
        reckon(rule, part.encode("utf-8", "replace")) for part in (before, before + separator)
    }
