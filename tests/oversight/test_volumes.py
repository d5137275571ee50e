"""What officials read about volume: one figure on page, chart, workbook and plain rows."""

import csv
import re
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from parties.values import Role
from shop.spreadsheets import harmless
from tests.builders.people import a_browser, a_person
from tests.builders.trade import a_buyer, a_purchase

SPAN = "from=2026-05&to=2026-06"
MONEY = re.compile(r"-?[\d,]+\.\d\d")
TAG = re.compile(r"<[^>]+>")
BUDGET = 6
PAGES = (
    "volumes",
    "volumes.json",
    "volumes.xlsx",
    "volumes.csv",
    "volumes/lines",
    "map",
    "map.json",
)


def fen(text: str) -> int:
    return int(Decimal(text.replace(",", "")) * 100)


def amounts_in(page: str, part: str) -> list[int]:
    """Return the amounts a reader sees in the first such part of a page, in fen."""
    text = page[page.index(f"<{part}>") : page.index(f"</{part}>")]
    return [fen(amount) for amount in MONEY.findall(TAG.sub(" ", text))]


def total_of(page: str) -> int:
    """Return the figure in the total row of a page, in fen."""
    return amounts_in(page, "tfoot")[0]


def yuan(cell: object) -> int:
    """Return the fen of a workbook's cell."""
    return round(float(str(cell)) * 100)


def test_the_district_sees_its_own_goods_and_others_apart(district: FlaskClient) -> None:
    page = district.get(f"/oversight/volumes?{SPAN}").text

    assert total_of(page) == 5_760
    assert "¥0.40" in page
    assert "purchase-volume/1" in page


@pytest.mark.parametrize("by", ["place-month", "place-channel", "channel-month"])
def test_page_chart_and_files_agree_to_the_fen(district: FlaskClient, by: str) -> None:
    query = f"{SPAN}&by={by}"

    page = district.get(f"/oversight/volumes?{query}").text
    chart = district.get(f"/oversight/volumes.json?{query}").get_json()
    rows = list(csv.DictReader(StringIO(_text(district, f"/oversight/volumes.csv?{query}"))))
    book = load_workbook(BytesIO(district.get(f"/oversight/volumes.xlsx?{query}").data))

    assert total_of(page) == 5_760
    assert chart["total_minor"] == 5_760
    assert sum(sum(series["values"]) for series in chart["series"]) == 5_760
    inside = [row for row in rows if row["范围"] == "区内"]
    assert sum(fen(row["销售额（元）"]) for row in inside) == 5_760
    for sheet in ("产地×月份", "产地×渠道", "渠道×月份"):
        last = book[sheet].cell(book[sheet].max_row, book[sheet].max_column)
        assert yuan(last.value) == 5_760
    cells = [row for row in book["明细"].iter_rows(min_row=2) if row[8].value == "区内"]
    assert sum(yuan(row[7].value) for row in cells) == 5_760


def _text(client: FlaskClient, address: str) -> str:
    body = client.get(address).data
    assert body.startswith(b"\xef\xbb\xbf")
    return bytes(body).decode("utf-8-sig")


def test_cells_of_the_workbook_are_typed(district: FlaskClient) -> None:
    book = load_workbook(BytesIO(district.get(f"/oversight/volumes.xlsx?{SPAN}").data))
    month, code, _place, _channel_code, _channel, paid, *_rest = next(
        book["明细"].iter_rows(min_row=2, max_row=2)
    )

    assert isinstance(month.value, datetime)
    assert (code.data_type, paid.data_type) == ("s", "n")
    assert paid.number_format == "#,##0.00"


def test_text_never_becomes_a_formula(app: Flask, session: Session) -> None:
    a_purchase(session, 100, channel="=1+1")
    a_person(session, "district", (Role.OFFICIAL, "500156"))
    session.commit()
    client = a_browser(app, "district")

    rows = list(csv.DictReader(StringIO(_text(client, f"/oversight/volumes.csv?{SPAN}"))))
    book = load_workbook(BytesIO(client.get(f"/oversight/volumes.xlsx?{SPAN}").data))

    assert rows[0]["渠道代码"] == "'=1+1"
    assert next(book["明细"].iter_rows(min_row=2))[3].data_type == "s"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_might_start_a_formula_is_marked(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"


def test_a_township_sees_its_villages_and_nothing_else(township: FlaskClient) -> None:
    page = township.get(f"/oversight/volumes?{SPAN}").text

    assert total_of(page) == 5_700
    assert "village-500156204203" in page
    assert "township-500156104" not in page
    assert "区外" not in page


def test_a_village_sees_itself(village: FlaskClient) -> None:
    assert total_of(village.get(f"/oversight/volumes?{SPAN}").text) == 5_000


def test_nothing_outside_the_region_is_answered(township: FlaskClient) -> None:
    answers = {
        (page, query): township.get(f"/oversight/{page}?{query}").status_code
        for page in ("volumes", "volumes/lines", "volumes.xlsx", "volumes.json")
        for query in ("region=500156", "place=500156104", "place=500156", "part=outside")
    }

    assert set(answers.values()) == {403}


def test_a_filter_that_makes_no_sense_is_refused(district: FlaskClient) -> None:
    queries = (
        "from=2026-13",
        "from=x",
        "from=2026-06&to=2026-05",
        "from=2010-01&to=2026-05",
        "place=abc",
        "by=nothing",
        "as_of=yesterday",
        "part=-",
    )

    answers = {
        query: district.get(f"/oversight/volumes?{query}").status_code for query in queries
    }

    assert set(answers.values()) == {422}


def test_a_place_that_does_not_exist_is_not_found(district: FlaskClient) -> None:
    assert district.get("/oversight/volumes?place=500156999").status_code == 404


def test_a_cell_opens_down_to_the_lines_that_make_it(district: FlaskClient) -> None:
    page = district.get(f"/oversight/volumes?{SPAN}").text
    addresses = re.findall(r'<td class="num"><a href="([^"]+)">(.+?)</a>', page)
    assert addresses

    for address, shown in addresses:
        lines = district.get(address.replace("&amp;", "&")).text
        assert sum(amounts_in(lines, "tbody")) == fen(MONEY.findall(shown)[0])


def test_a_line_names_an_organisation_and_never_a_person(district: FlaskClient) -> None:
    page = district.get(f"/oversight/volumes/lines?{SPAN}").text

    assert "锦程" in page
    assert "个人" in page
    assert "HX0" not in page


def test_lines_are_paged_by_key(app: Flask, session: Session) -> None:
    for step in range(50):
        a_purchase(session, 100 + step)
    a_person(session, "district", (Role.OFFICIAL, "500156"))
    session.commit()
    client = a_browser(app, "district")

    first = client.get(f"/oversight/volumes/lines?{SPAN}").text
    (following,) = re.findall(r'href="([^"]*after=[^"]*)"[^>]*rel="next"', first)
    second = client.get(following.replace("&amp;", "&")).text

    numbers = re.findall(r">(T\d{6}-1)<", first) + re.findall(r">(T\d{6}-1)<", second)
    assert len(numbers) == len(set(numbers)) == 50


def test_a_key_that_was_tampered_with_is_refused(district: FlaskClient) -> None:
    assert district.get("/oversight/volumes/lines?after=WyJ4IiwxLCJwYWlkIl0").status_code == 422


def test_a_permanent_link_gives_the_same_figure_later(
    district: FlaskClient, session: Session
) -> None:
    page = district.get(f"/oversight/volumes?{SPAN}").text
    (link,) = re.findall(r'<p class="report-note no-print"><a href="([^"]+)"', page)
    a_purchase(session, 1_000)
    session.commit()
    # The purchase lies in the past of the link's moment; one after it changes nothing.
    again = district.get(link.replace("&amp;", "&")).text

    assert total_of(again) == 6_760
    early = re.sub(r"as_of=[^&]+", "as_of=2026-05-31T00:00:00%2B00:00", link)
    assert total_of(district.get(early.replace("&amp;", "&")).text) == 90


def test_sample_data_is_marked(app: Flask, session: Session) -> None:
    a_purchase(session, 100, is_sample=True)
    a_person(session, "district", (Role.OFFICIAL, "500156"))
    session.commit()

    page = a_browser(app, "district").get(f"/oversight/volumes?{SPAN}").text

    assert "样例数据" in page[: page.index('<footer class="footer"')]


@pytest.mark.parametrize("rows", [24, 48])
def test_a_report_costs_the_same_few_statements_whatever_it_shows(
    app: Flask, session: Session, statements: list[str], rows: int
) -> None:
    buyer = a_buyer(session, "E01")
    for step in range(rows):
        a_purchase(session, 100, origin=f"5001562{step:02d}200", buyer=buyer)
    a_person(session, "district", (Role.OFFICIAL, "500156"))
    session.commit()
    client = a_browser(app, "district")
    spent = {}

    for page in PAGES:
        statements.clear()
        assert client.get(f"/oversight/{page}?{SPAN}").status_code == 200
        spent[page] = len(statements)

    assert spent == dict.fromkeys(PAGES, 5)
    assert max(spent.values()) <= BUDGET


def test_a_district_that_looks_at_one_township_stays_within_the_budget(
    district: FlaskClient, statements: list[str]
) -> None:
    statements.clear()

    page = district.get(f"/oversight/volumes?{SPAN}&place=500156204").text

    assert total_of(page) == 5_700
    assert len(statements) <= BUDGET


def test_whoever_is_no_official_is_turned_away(app: Flask, session: Session) -> None:
    a_person(session, "consumer")
    session.commit()

    assert a_browser(app, "consumer").get("/oversight/volumes").status_code == 403
    assert app.test_client().get("/oversight/volumes").status_code == 302
