"""Importing and exporting through the pages: previewed, whole or not at all, never twice."""

import csv
import re
from datetime import date
from html import unescape
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from households.models import Household, HouseholdCategoryPeriod
from households.values import Baseline, HouseholdCategory, HouseholdId
from kernel.audit import AuditRow
from parties.values import Role
from tests.builders.people import a_browser, a_person
from tests.builders.places import VILLAGE
from tests.builders.register import a_registered, the_numbers, the_terms

OTHER = "500156204204"
HEAD = "户编号,新类别,生效日期,依据\n"
GOOD = f"{HEAD}H0001,防止返贫致贫对象,2026-01-01,年度调整\nH0002,防止返贫致贫对象,2026-01-01,\n"
FILES = "/oversight/register/files"


@pytest.fixture
def official(app: Flask, session: Session) -> FlaskClient:
    the_terms(session)
    the_numbers(session)
    baseline = Baseline(
        year=2021,
        wage_minor=599_999 * 3,
        operating_gross_minor=0,
        operating_cost_minor=0,
        property_minor=0,
        transfer_minor=0,
    )
    a_registered(session, "H0001", monitored=True, baselines=[baseline])
    a_registered(session, "H0002", monitored=True, is_relocated=True)
    a_registered(session, "H0009", monitored=True, village_code=OTHER)
    a_person(session, "village", (Role.OFFICIAL, VILLAGE))
    session.commit()
    return a_browser(app, "village")


def preview(client: FlaskClient, content: str | bytes, kind: str = "reclassification") -> str:
    body = content.encode() if isinstance(content, str) else content
    response = client.post(
        f"{FILES}/preview",
        data={"kind": kind, "file": (BytesIO(body), "list.csv")},
        content_type="multipart/form-data",
    )
    assert response.status_code == 200, response.text
    return response.text


def carried(page: str) -> str:
    """Return what the page's confirmation sends back."""
    found = re.search(r'name="content"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return unescape(found.group(1))


def categories(session: Session) -> list[tuple[HouseholdId, HouseholdCategory, date | None]]:
    rows = session.execute(
        select(
            HouseholdCategoryPeriod.household_id,
            HouseholdCategoryPeriod.category,
            HouseholdCategoryPeriod.valid_to,
        ).order_by(HouseholdCategoryPeriod.household_id, HouseholdCategoryPeriod.valid_from)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def test_the_reclassification_of_2026_keeps_the_history(
    official: FlaskClient, session: Session
) -> None:
    before = categories(session)
    page = preview(official, GOOD)
    assert categories(session) == before

    for _ in range(2):
        answer = official.post(
            f"{FILES}/apply", data={"kind": "reclassification", "content": carried(page)}
        )
        assert answer.status_code == 302

    new = HouseholdCategory.AT_RISK
    assert [row[1:] for row in categories(session) if row[0] == "H0001"] == [
        (HouseholdCategory.UNSTABLE_LIFTED, date(2025, 12, 31)),
        (new, None),
    ]
    assert len(categories(session)) == 5


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("H0009,防止返贫致贫对象,2026-01-01,", "不在您的辖区"),
        ("H0001,边缘易致贫户,2026-01-01,", "不适用"),
        ("张三,防止返贫致贫对象,2026-01-01,", "请勿填写姓名"),
    ],
)
def test_one_fault_stops_the_whole_file(
    official: FlaskClient, session: Session, row: str, words: str
) -> None:
    before = categories(session)
    content = f"{HEAD}H0002,防止返贫致贫对象,2026-01-01,\n{row}\n"

    page = preview(official, content)
    answer = official.post(
        f"{FILES}/apply", data={"kind": "reclassification", "content": content}
    )

    assert words in page
    assert 'name="content"' not in page
    assert answer.status_code == 409
    assert categories(session) == before


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_imported_again_changes_nothing(
    official: FlaskClient, session: Session, form: str
) -> None:
    answer = official.post(f"{FILES}/export", data={"form": form, "purpose": "与监测平台核对"})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]

    page = preview(official, answer.data, kind="register")

    assert "没有需要改动的地方" in page
    assert session.scalar(select(func.count()).select_from(Household)) == 3


def test_an_export_holds_the_region_only_and_says_why(
    official: FlaskClient, session: Session
) -> None:
    text = official.post(
        f"{FILES}/export", data={"form": "csv", "purpose": "与监测平台核对"}
    ).data.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    act = session.scalars(select(AuditRow).where(AuditRow.action == "register_exported")).one()

    assert [row["户编号"] for row in rows] == ["H0001", "H0002"]
    assert rows[0]["工资性收入"] == "17999.97"
    assert (act.purpose, act.detail["households"]) == ("与监测平台核对", "2")


def test_a_register_file_updates_and_registers(official: FlaskClient, session: Session) -> None:
    content = (
        "户编号,村代码,类别,类别生效日期,人口,劳动力,易地搬迁,年度,工资性收入,措施\n"
        f"H0001,{VILLAGE},脱贫不稳定户,2021-01-01,4,2,否,2025,100.50,就业@2026-01-05\n"
        f"H0100,{VILLAGE},一般农户,2026-02-01,2,1,是,,,\n"
    )

    page = preview(official, content, kind="register")
    official.post(f"{FILES}/apply", data={"kind": "register", "content": carried(page)})

    rows = session.execute(select(Household.id, Household.members))
    sizes = {str(row.id): row.members for row in rows}
    assert (sizes["H0001"], sizes["H0100"]) == (4, 2)
    assert "没有需要改动的地方" in preview(official, content, kind="register")


@pytest.mark.parametrize("body", [b"PK\x03\x04", b"\x00\x01", b"", b"\xff" * 9])
def test_what_is_no_table_is_refused_kindly(official: FlaskClient, body: bytes) -> None:
    answer = official.post(
        f"{FILES}/preview",
        data={"kind": "register", "file": (BytesIO(body), "x.xlsx")},
        content_type="multipart/form-data",
    )

    assert 400 <= answer.status_code < 500
