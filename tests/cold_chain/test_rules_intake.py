"""Intake: what is believed, what is set aside, what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from cold_chain.errors import IntakeForbiddenError
from cold_chain.rules.intake import check_signature, classify, is_clock_fault, sign
from cold_chain.values import ReadingQuality
from tests.builders.cold_chain import NOON

BODY = b'{"readings":[]}'
STAMP = int(NOON.timestamp())


@pytest.mark.parametrize(
    ("centi", "at", "expected"),
    [
        (-1800, NOON, ReadingQuality.GOOD),
        (-10, NOON, ReadingQuality.GOOD),
        (200, NOON + timedelta(minutes=10), ReadingQuality.GOOD),
        (200, NOON + timedelta(minutes=11), ReadingQuality.QUARANTINED_FUTURE),
        (200, NOON + timedelta(hours=8), ReadingQuality.QUARANTINED_FUTURE),
        (200, datetime(1970, 1, 1, tzinfo=UTC), ReadingQuality.QUARANTINED_PAST),
        (200, datetime(2019, 12, 31, 23, 59, tzinfo=UTC), ReadingQuality.QUARANTINED_PAST),
        (655_350, NOON, ReadingQuality.QUARANTINED_SENTINEL),
        (8_500, NOON, ReadingQuality.QUARANTINED_SENTINEL),
        (-12_700, NOON, ReadingQuality.QUARANTINED_SENTINEL),
        (9_000, NOON, ReadingQuality.QUARANTINED_IMPLAUSIBLE),
        (-9_000, NOON, ReadingQuality.QUARANTINED_IMPLAUSIBLE),
    ],
)
def test_a_sample_is_believed_or_set_aside(
    centi: int, at: datetime, expected: ReadingQuality
) -> None:
    assert classify(centi, at, received_at=NOON) is expected


def test_only_a_false_moment_is_a_clock_fault() -> None:
    faults = {quality for quality in ReadingQuality if is_clock_fault(quality)}

    assert faults == {ReadingQuality.QUARANTINED_FUTURE, ReadingQuality.QUARANTINED_PAST}


def test_a_fresh_and_right_signature_is_accepted() -> None:
    signature = sign("secret", timestamp=STAMP, nonce="n-000001", body=BODY)

    check_signature("secret", signature, timestamp=STAMP, nonce="n-000001", body=BODY, at=NOON)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "other"}, "signature_wrong"),
        ({"body": BODY + b" "}, "signature_wrong"),
        ({"timestamp": STAMP + 1}, "signature_wrong"),
        ({"nonce": "n-000002"}, "signature_wrong"),
        ({"signature": "é"}, "signature_wrong"),
        ({"nonce": "short"}, "nonce_invalid"),
        ({"nonce": "with\nline-feed"}, "nonce_invalid"),
        ({"at": NOON + timedelta(minutes=11)}, "signature_stale"),
        ({"at": NOON - timedelta(minutes=11)}, "signature_stale"),
    ],
)
def test_anything_else_is_refused(changes: dict[str, object], code: str) -> None:
    given: dict[str, object] = {
        "secret": "secret",
        "signature": sign("secret", timestamp=STAMP, nonce="n-000001", body=BODY),
        "timestamp": STAMP,
        "nonce": "n-000001",
        "body": BODY,
        "at": NOON,
    }

    with pytest.raises(IntakeForbiddenError) as refusal:
        check_signature(**(given | changes))  # type: ignore[arg-type]  # built by name

    assert refusal.value.code == code
