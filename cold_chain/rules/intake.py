"""Which samples may be believed, and when an upload is proven to come from its device."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from cold_chain.errors import NonceInvalidError, SignatureStaleError, SignatureWrongError
from cold_chain.values import ReadingQuality

FUTURE_TOLERANCE = timedelta(minutes=10)
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""Before this no device of ours measured: its clock was lost (1970, 2000, week rollover)."""

COLDEST_CENTI = -8_000
WARMEST_CENTI = 8_000
SENTINELS = frozenset(
    {
        8_500,  # DS18B20: power-on value, no conversion was made
        -12_700,  # DS18B20: sensor not connected
        655_350,  # 0xFFFF in tenths: no probe
        327_670,  # 0x7FFF in tenths
        -327_670,  # 0xFFFF read as sign and magnitude
        -327_680,  # 0x8000 in tenths
        65_535,
        32_767,
        -32_768,
    }
)
"""Numbers that mean "no value", in hundredths of °C or raw."""

SIGNATURE_WINDOW = timedelta(minutes=10)
MIN_NONCE = 8
MAX_NONCE = 64


def classify(centi: int, at: datetime, *, received_at: datetime) -> ReadingQuality:
    """Say whether a sample may be used; doubt about its moment comes before its value."""
    if at > received_at + FUTURE_TOLERANCE:
        return ReadingQuality.QUARANTINED_FUTURE
    if at < EARLIEST:
        return ReadingQuality.QUARANTINED_PAST
    return _classify_value(centi)


def _classify_value(centi: int) -> ReadingQuality:
    if centi in SENTINELS:
        return ReadingQuality.QUARANTINED_SENTINEL
    if not COLDEST_CENTI <= centi <= WARMEST_CENTI:
        return ReadingQuality.QUARANTINED_IMPLAUSIBLE
    return ReadingQuality.GOOD


def is_clock_fault(quality: ReadingQuality) -> bool:
    """Say whether it is the moment, not the value, that cannot be believed."""
    return quality in {ReadingQuality.QUARANTINED_FUTURE, ReadingQuality.QUARANTINED_PAST}


def sign(secret: str, *, timestamp: int, nonce: str, body: bytes) -> str:
    """Return the hexadecimal HMAC-SHA256 of a time stamp, a nonce and a body.

    `timestamp` is in whole seconds since 1970. The three are parted by line feeds; a nonce
    holds none.
    """
    message = f"{timestamp}\n{nonce}\n".encode() + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def check_signature(
    secret: str, signature: str, *, timestamp: int, nonce: str, body: bytes, at: datetime
) -> None:
    """Raise an `IntakeForbiddenError` unless the signature is right and fresh.

    That a nonce is used once only is for the caller to remember.
    """
    if not (MIN_NONCE <= len(nonce) <= MAX_NONCE and nonce.isascii() and nonce.isprintable()):
        raise NonceInvalidError
    expected = sign(secret, timestamp=timestamp, nonce=nonce, body=body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureWrongError
    if abs(at.timestamp() - timestamp) > SIGNATURE_WINDOW.total_seconds():
        raise SignatureStaleError
