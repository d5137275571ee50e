"""Short builders of papers and applications for recognition."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from catalog.models import Brand, CertificatePaper, CertificateType, Lot, Product
from catalog.service import papers, recognition
from catalog.values.papers import LabResult, NewPaper, PaperReview, PaperState, Scan
from catalog.values.recognition import (
    ApplicationForm,
    ApplicationState,
    Linkage,
    Reviewer,
    StepTaken,
)
from kernel.policy import PolicyParam
from parties.values import Role
from tests.builders.catalog import NOON, NUMBERS, TODAY, a_certificate
from tests.builders.people import a_person
from tests.builders.places import DISTRICT, TOWNSHIP, a_place, once

SCAN = Scan(b"%PDF-1.4 scan", "application/pdf", "a" * 64, None)
CITY = "50"
POLICIES: dict[str, Any] = {
    "product_recognition_offices": ["township", "county", "city"],
    "product_recognition_documents": ["county"],
    "product_recognition_notice_workdays": 5,
    "product_recognition_validity_years": 3,
    "product_recognition_authority": "认定机关",
    "crda_product_value_min": 50_000_000,
    "certificate_reminder_days": [30, 7, 1],
    "certificate_alike_bits": 28,
    "refused_goods_words": ["烤烟"],
    "medicine_only_words": ["黄连"],
    "medicine_only_kinds": ["medicinal"],
    "food_claim_words": ["食用", "煲汤"],
    "food_claim_papers": ["SC"],
}


def paper_policies(session: Session) -> None:
    """Put every number certificates need in force."""
    for code, value in POLICIES.items():
        session.execute(
            insert(PolicyParam).values(
                code=code,
                value=value,
                unit="",
                valid_from=date(2020, 1, 1),
                basis="",
                note="",
            )
        )


def a_type(session: Session, code: str = "GREEN", **changes: Any) -> str:
    """Make a type of papers."""
    values = {"code": code, "name": code, "name_en": code, "is_per_lot": False}
    return once(session, CertificateType, values | changes, key="code")


def staff(session: Session, seller: str) -> int:
    """Return the person who hands things in for a seller."""
    return int(a_person(session, f"manager-{seller}".lower(), (Role.MANAGER, seller)))


def a_paper(session: Session, seller: str, by: int, **changes: Any) -> str:
    """Hand a paper in and return its code."""
    kind = changes.get("type_code", "GREEN")
    a_type(session, kind)
    values: dict[str, Any] = {
        "type_code": kind,
        "number": "N-1",
        "issuer": "发证机关",
        "seller_code": seller,
        "valid_from": TODAY,
        "valid_to": TODAY + timedelta(days=365),
        "scan": SCAN,
        "by": by,
        "at": NOON,
    }
    return papers.submit(session, NewPaper(**values | changes))


def decided(
    session: Session, code: str, state: PaperState, by: int, *, at: datetime = NOON
) -> None:
    """Let somebody who is not of the seller decide on a paper."""
    said = PaperReview(code=code, state=state, note="理由", by=by, at=at)
    papers.review(session, said)


def a_form(product_code: str, **changes: Any) -> ApplicationForm:
    """Return what an applicant says."""
    values: dict[str, Any] = {
        "product_code": product_code,
        "spec": "1kg/袋",
        "unit_price_minor": 9_800,
        "yearly_output_kg": 20_000,
        "product_value_minor": 60_000_000,
        "supply_period": "全年",
        "licence_number": "执照一号",
        "test_report_number": "报告一号",
        "linkage": Linkage.PURCHASE,
        "households_lifted": 30,
        "households_monitored": 4,
        "average_gain_minor": 320_000,
    }
    return ApplicationForm(**values | changes)


class Offices:
    """One official of each office, and the steps they take."""

    def __init__(self, session: Session) -> None:
        """Make the three people."""
        a_place(session, CITY)
        town = a_person(session, "town", (Role.OFFICIAL, a_place(session, TOWNSHIP)))
        county = a_person(session, "county", (Role.OFFICIAL, a_place(session, DISTRICT)))
        city = a_person(session, "cityman", (Role.CITY_REVIEWER, CITY))
        self.session = session
        self.town = Reviewer(person_id=town, regions=frozenset({TOWNSHIP}))
        self.county = Reviewer(person_id=county, regions=frozenset({DISTRICT}))
        self.city = Reviewer(person_id=city, cities=frozenset({CITY}))

    def to_notice(self, code: str, *, at: datetime = NOON) -> None:
        """Let every office agree."""
        for who in (self.town, self.county, self.city):
            recognition.agree(self.session, code, who, a_step(at=at))


def a_step(*, note: str = "", document: Scan | None = SCAN, at: datetime = NOON) -> StepTaken:
    """Return a step as it is asked for."""
    return StepTaken(state=ApplicationState.REJECTED, note=note, document=document, at=at)


def some_papers(session: Session, sold: str, bought: Lot, seller: str) -> None:
    """Let a sold product have a licence and be recognised, and a lot fail its test."""
    paper_policies(session)
    a_type(session, "RECOGNITION")
    a_type(session, "LAB")
    by, offices = staff(session, seller), Offices(session)
    reviewer = int(a_person(session, "paper-reviewer"))
    licence = a_paper(session, seller, by, type_code="SC", products=(sold,))
    decided(session, licence, PaperState.ACCEPTED, reviewer)
    code = recognition.hand_in(
        session, a_form(sold), seller_code=seller, by=by, document=SCAN, at=NOON
    )
    offices.to_notice(code)
    later = a_step(at=NOON + timedelta(days=10))
    recognition.approve(session, code, offices.county, later)
    report = {"type_code": "LAB", "valid_to": None, "lots": (bought.code,)}
    theirs = staff(session, bought.seller_code) if bought.seller_code != seller else by
    a_paper(session, bought.seller_code, theirs, result=LabResult.FAIL, **report)


def a_brand(session: Session, product_code: str, code: str = "FAIRY", **changes: Any) -> str:
    """Let a product carry a brand of the register; return the code of the authorisation."""
    brand = {"code": code, "name": f"品牌{code}", "name_en": code, "is_regional": False}
    once(session, Brand, brand | {"sort_order": 1}, key="code")
    kind = {"code": "BRAND_OWN", "name": "授权", "name_en": "Brand", "is_per_lot": False}
    once(session, CertificateType, kind | {"stops_sale": False}, key="code")
    seller = session.scalars(
        select(Product.seller_code).where(Product.code == product_code)
    ).one()
    period: dict[str, Any] = {"valid_from": TODAY - timedelta(days=30), "valid_to": None}
    period |= changes
    facts = {"type_code": "BRAND_OWN", "number": f"B{next(NUMBERS)}", **period}
    paper = CertificatePaper(
        code=f"paper{facts['number']}",
        holder="持有者",
        issuer="发证机关",
        seller_code=seller,
        brand_code=code,
        state=PaperState.ACCEPTED,
        submitted_at=NOON,
        reviewed_at=NOON,
        **facts,
    )
    session.add(paper)
    session.flush()
    a_certificate(session, product_code, paper_id=paper.id, **facts)
    return paper.code
