"""How values are written, and which language a page is in."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.money import Money
from shop import i18n

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8"

msgid "山"
msgstr "hill"
"""


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (123_456_789, "¥1,234,567.89"),
        (-1_001, "-¥10.01"),
    ],
)
def test_an_amount_is_written_with_sign_and_thousands(minor: int, text: str) -> None:
    assert i18n.fen(Money(minor)) == i18n.fen(minor) == text


@pytest.mark.parametrize(
    ("grams", "text"),
    [(1_250, "1.25 kg"), (500, "0.5 kg"), (2_000_000, "2,000 kg"), (1, "0.001 kg")],
)
def test_a_weight_is_written_in_kilograms(grams: int, text: str) -> None:
    assert i18n.kilograms(grams) == text


def test_moments_are_shown_in_shanghai() -> None:
    late = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)

    assert i18n.local_moment(late) == "2026-11-22 00:30"
    assert i18n.local_day(late) == "2026-11-22"
    assert i18n.local_day(date(2026, 1, 2)) == "2026-01-02"
    assert i18n.local_day(None) == i18n.local_moment(None) == ""


def test_a_missing_temperature_is_a_dash() -> None:
    assert i18n.celsius(None) == "—"
    assert i18n.celsius(Decimal("4.25")) == "4.2 °C"


def test_english_is_shown_to_readers_of_english_only(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert i18n.bilingual("竹笋", "Bamboo shoot") == "Bamboo shoot"
        assert i18n.bilingual("竹笋", "") == "竹笋"
    with app.test_request_context("/"):
        assert i18n.bilingual("竹笋", "Bamboo shoot") == "竹笋"


def test_a_chosen_language_stays(client: FlaskClient) -> None:
    client.get("/no-such-page?lang=en")

    assert 'lang="en"' in client.get("/no-such-page").text


def test_an_unknown_language_is_ignored(client: FlaskClient) -> None:
    assert 'lang="zh-CN"' in client.get("/no-such-page?lang=../../etc").text


def test_a_catalogue_is_compiled_once(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(PO, encoding="utf-8")

    first = i18n.compile_stale(tmp_path)
    second = i18n.compile_stale(tmp_path)

    assert [path.name for path in first] == ["messages.mo"]
    assert second == []
    assert sorted(path.name for path in folder.iterdir()) == ["messages.mo", "messages.po"]
