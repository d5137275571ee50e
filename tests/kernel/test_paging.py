"""Keys of pages: read back as written, refused when somebody else wrote them."""

import base64
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidError
from kernel.paging import decode_key, encode_key

KINDS = st.lists(st.sampled_from([str, int, datetime, date]), min_size=1, max_size=3)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**200), 2**200),
    st.text(),
    st.sampled_from(["2026-11-22", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"]),
    st.lists(st.integers(0, 1), max_size=2),
)
BIGGEST = 2**63


def written(parts: object) -> str:
    """Return a key as only somebody else would write it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.integers(-BIGGEST + 1, BIGGEST - 1),
    st.text(st.characters(categories=["L", "N", "P"])),
)
def test_a_key_is_read_back_as_it_was_written(moment: datetime, number: int, code: str) -> None:
    key = encode_key(moment.isoformat(), number, code, moment.date().isoformat())

    assert decode_key(key, datetime, int, str, date) == (moment, number, code, moment.date())


@given(st.lists(ODD, max_size=4), KINDS)
def test_what_the_database_cannot_compare_with_is_refused(
    parts: list[object], kinds: list[type]
) -> None:
    try:
        found = decode_key(written(parts), *kinds)
    except InvalidError as refused:
        assert refused.code == "page_key_invalid"  # noqa: PT017 -- either is a right answer
        return
    for value, kind in zip(found, kinds, strict=True):
        assert type(value) is kind
        assert not isinstance(value, int) or abs(value) < BIGGEST
        assert not isinstance(value, str) or "\0" not in value
        assert not isinstance(value, datetime) or value.tzinfo is UTC


@given(st.text(max_size=40))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        decode_key(text, int, datetime, str)
