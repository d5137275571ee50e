"""Certificates and recognitions of the sample, in every state a visitor may want to see."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.service import papers, recognition
from catalog.values.papers import LabResult, NewPaper, PaperReview, PaperState, Scan
from catalog.values.recognition import (
    ApplicationForm,
    ApplicationState,
    Linkage,
    Reviewer,
    StepTaken,
)
from kernel.clock import local_date
from shop.sample import authorised, tables
from shop.scans import look_of

DAY: Final = timedelta(days=1)
DISTRICT: Final = "500156"
CITY: Final = "50"
LAST_WEEK: Final = 12
"""Days ago on which the applications were handed in."""


@dataclass(frozen=True, slots=True)
class Told:
    """One application of the sample: whose, of what, and how far it has come."""

    seller: str
    manager: str
    product: str
    township: str
    official: str
    spec: str
    value_yuan: int
    offices: int
    """How many offices have agreed."""
    ending: ApplicationState | None = None


APPLICATIONS: Final = (
    Told("C03", "bamboo", "P029", "500156109", "township-tongzi", "20小包/300g", 620_000, 0),
    Told("C05", "goat", "P014", "500156104", "township", "1kg/袋", 1_450_000, 1),
    Told("C03", "bamboo", "P007", "500156109", "township-tongzi", "200g/袋", 880_000, 2),
    Told("C05", "goat", "P018", "500156104", "township", "100g/袋", 760_000, 3),
    Told(
        *("C03", "bamboo", "P030", "500156109", "township-tongzi", "2.5kg/袋", 540_000, 1),
        ending=ApplicationState.REJECTED,
    ),
)


def load(session: Session, *, at: datetime) -> None:
    """Give every certificate of goods its paper, and hand in some that go further."""
    papers.adopt(session)
    goal = tables.table("people")
    rows = session.execute(select(goal.c.login, goal.c.id))
    people = {row.login: int(row.id) for row in rows}
    for told in APPLICATIONS:
        _apply(session, told, people, at - LAST_WEEK * DAY)
    _hand_in(session, people, at)
    authorised.load(session, by=people["district"], reviewer=people["operator"], at=at)


def _apply(session: Session, told: Told, people: dict[str, int], at: datetime) -> None:
    by = people[f"{told.manager}-manager"]
    form = ApplicationForm(
        product_code=told.product,
        spec=told.spec,
        unit_price_minor=9_800,
        yearly_output_kg=told.value_yuan // 60,
        product_value_minor=told.value_yuan * 100,
        supply_period="全年",
        licence_number=f"样例-执照-{told.seller}",
        test_report_number=f"样例-检测-{told.product}",
        linkage=Linkage.PURCHASE,
        households_lifted=42,
        households_monitored=6,
        average_gain_minor=380_000,
    )
    scan = _scan(f"样例 {told.product}")
    code = recognition.hand_in(
        session, form, seller_code=told.seller, by=by, document=scan, at=at
    )
    offices = (
        Reviewer(person_id=people[told.official], regions=frozenset({told.township})),
        Reviewer(person_id=people["district"], regions=frozenset({DISTRICT})),
        Reviewer(person_id=people["city-reviewer"], cities=frozenset({CITY})),
    )
    # The notice begins now, so that it runs when somebody looks.
    moments = (at + 2 * DAY, at + 5 * DAY, at + LAST_WEEK * DAY)
    for who, moment in list(zip(offices, moments, strict=True))[: told.offices]:
        taken = StepTaken(
            state=ApplicationState.TOWNSHIP,
            note="材料齐全，情况属实。",
            document=_scan(f"盖章 {told.product} {moment.day}"),
            at=moment,
        )
        recognition.agree(session, code, who, taken)
    if told.ending is ApplicationState.REJECTED:
        taken = StepTaken(
            state=ApplicationState.REJECTED,
            note="检测报告超过一年，请补交最近的报告。",
            at=at + 6 * DAY,
        )
        recognition.reject(session, code, offices[told.offices], taken)


def _hand_in(session: Session, people: dict[str, int], at: datetime) -> None:
    """Authorise a brand, and leave one paper and a twin of it for review."""
    today, goat = local_date(at), people["goat-manager"]
    brand = NewPaper(
        type_code="BRAND_REGION",
        number="样例-XWWL-2026-005",
        issuer="寻味武隆品牌运营中心(样例)",
        seller_code="C05",
        scope="山羊鲜冻品",
        valid_from=today - 340 * DAY,
        valid_to=today + 20 * DAY,
        products=("P012", "P014"),
        brand_code="XWWL",
        scan=_scan("品牌授权"),
        by=goat,
        at=at - 2 * DAY,
    )
    said = PaperReview(
        code=papers.submit(session, brand),
        state=PaperState.ACCEPTED,
        by=people["operator"],
        at=at - DAY,
    )
    papers.review(session, said)
    _leave_for_review(session, goat, at)


def _leave_for_review(session: Session, goat: int, at: datetime) -> None:
    """Hand in two papers of one scan, and a report."""
    today = local_date(at)
    for number, product in (("样例-QS-0101", "P012"), ("样例-QS-0102", "P014")):
        report = NewPaper(
            type_code="GREEN",
            number=number,
            issuer="绿色食品发展中心(样例)",
            seller_code="C05",
            valid_from=today,
            valid_to=today + 1_000 * DAY,
            products=(product,),
            scan=_scan("绿色食品"),
            by=goat,
            at=at,
        )
        papers.submit(session, report)
    tested = NewPaper(
        type_code="LAB",
        number="样例-LAB-0012",
        issuer="农产品检测中心(样例)",
        seller_code="C05",
        valid_from=today - 10 * DAY,
        valid_to=None,
        products=("P012",),
        result=LabResult.PASS,
        scan=_scan("检测报告"),
        by=goat,
        at=at - DAY,
    )
    papers.submit(session, tested)


def _scan(words: str) -> Scan:
    """Draw a page that stands for a scan; its pattern comes from its words."""
    page = Image.new("RGB", (600, 840), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((30, 30, 570, 810), outline="firebrick", width=6)
    for line, value in enumerate(hashlib.sha256(words.encode()).digest()):
        pen.rectangle((70, 100 + line * 20, 90 + value * 2, 110 + line * 20), fill="dimgray")
    target = BytesIO()
    page.save(target, "JPEG", quality=80)
    content = target.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    return Scan(content, "image/jpeg", digest, look_of(content))
