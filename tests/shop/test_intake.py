"""Input no view should ever see is refused at the door."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from kernel.money import Money
from shop import intake


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        "[" * 40 + "]" * 40,
        '{"a":' * 33 + "1" + "}" * 33,
        r'"\u0000"',
        r'{"\u0000": 1}',
        "99999999999999999999",
        "-1e300",
        r'"\ud800"',
        "NaN",
        "",
        b"\xff",
    ],
)
def test_a_hostile_document_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        intake.load(text)


def test_an_ordinary_document_is_read() -> None:
    assert intake.load('{"数量": [1, 2.5, null, true]}') == {"数量": [1, 2.5, None, True]}


@dataclass(frozen=True)
class Row:
    price: Money
    at: datetime


def test_rows_are_written_with_money_and_moments() -> None:
    row = Row(Money(1_250), datetime(2026, 11, 22, 4, tzinfo=UTC))

    assert intake.dump(row) == (
        b'{"price":{"minor":1250,"currency":"CNY"},"at":"2026-11-22T04:00:00+00:00"}'
    )
