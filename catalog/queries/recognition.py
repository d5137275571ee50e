"""Reads of recognitions: the seller's own, queues of offices, notices, one application."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from catalog.errors.papers import ApplicationNotFoundError
from catalog.values.recognition import ApplicationState, Linkage
from kernel import vault

MOST = 200


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One application with what the applicant says."""

    id: int
    code: str
    product_code: str
    product_name: str
    product_name_en: str
    seller_code: str
    seller_name: str
    district_code: str
    district_name: str
    township_code: str | None
    township_name: str | None
    state: ApplicationState
    round: int
    applied_at: datetime
    moved_at: datetime
    spec: str
    unit_price_minor: int
    yearly_output_kg: int
    product_value_minor: int
    supply_period: str
    licence_number: str
    test_report_number: str
    linkage: Linkage
    households_lifted: int
    households_monitored: int
    average_gain_minor: int
    notice_from: date | None
    notice_until: date | None
    recognition_code: str | None
    paper_code: str | None
    valid_to: date | None
    is_sample: bool
    waiting: int
    """Objections without an answer."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step that was taken, by whom, with which paper."""

    number: int
    round: int
    before: str | None
    state: ApplicationState
    by: str
    """The name of whoever took it; empty for the clock."""
    at: datetime
    note: str
    document_id: int | None


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """What was held against a recognition, and the answer."""

    id: int
    round: int
    words: str
    contact: str | None
    received_at: datetime
    answered_at: datetime | None
    is_upheld: bool | None
    answer: str | None


_ROWS = """
    SELECT a.id, a.code, a.product_code, p.name, p.name_en, a.seller_code, o.name,
        a.district_code, district.name, a.township_code, township.name, a.state, a.round,
        a.applied_at, a.moved_at, a.spec, a.unit_price_minor, a.yearly_output_kg,
        a.product_value_minor, a.supply_period, a.licence_number, a.test_report_number,
        a.linkage, a.households_lifted, a.households_monitored, a.average_gain_minor,
        a.notice_from, a.notice_until, paper.number, paper.code, paper.valid_to, a.is_sample,
        (SELECT count(*) FROM recognition_objections waits
         WHERE waits.application_id = a.id AND waits.answered_at IS NULL)
    FROM recognition_applications a
    JOIN products p ON p.code = a.product_code
    JOIN organisations o ON o.code = a.seller_code
    JOIN regions district ON district.code = a.district_code
    LEFT JOIN regions township ON township.code = a.township_code
    LEFT JOIN certificate_papers paper ON paper.id = a.paper_id
"""
_ONE = text(_ROWS + " WHERE a.code = :code")
_OWN = text(_ROWS + " WHERE a.seller_code = :seller ORDER BY a.id DESC LIMIT :most")
_NOTICES = text(f"""{_ROWS}
    WHERE a.state = 'publicity' AND a.notice_from <= :today AND a.notice_until >= :today
    ORDER BY a.notice_until, a.id LIMIT :most
""")
# A village's official sees nothing here: the lowest office is the township's.
_QUEUE = text(f"""{_ROWS}
    WHERE (a.township_code = ANY (:regions) OR a.district_code = ANY (:regions)
           OR left(a.district_code, 2) = ANY (:cities))
    ORDER BY (a.state IN ('township', 'county', 'city', 'publicity')) DESC, a.moved_at, a.id
    LIMIT :most
""").bindparams(bindparam("regions", type_=ARRAY(TEXT)), bindparam("cities", type_=ARRAY(TEXT)))
_STEPS = text("""
    SELECT s.number, s.round, s.before, s.state, who.display_name, s.at, s.note, s.document_id
    FROM recognition_steps s LEFT JOIN people who ON who.id = s.by
    WHERE s.application_id = :id ORDER BY s.number
""")
_OBJECTIONS = text("""
    SELECT id, round, words, contact, received_at, answered_at, is_upheld, answer
    FROM recognition_objections WHERE application_id = :id ORDER BY id
""")


def get_application(session: Session, code: str) -> ApplicationRow:
    """Return one application; raises `ApplicationNotFoundError`."""
    row = session.execute(_ONE, {"code": code}).one_or_none()
    if row is None:
        raise ApplicationNotFoundError
    return _application(row)


def get_own_application(session: Session, code: str, seller_code: str) -> ApplicationRow:
    """Return a seller's own application; another's is as unknown."""
    application = get_application(session, code)
    if application.seller_code != seller_code:
        raise ApplicationNotFoundError
    return application


def get_watched_application(
    session: Session, code: str, *, regions: Collection[str], cities: Collection[str]
) -> ApplicationRow:
    """Return an application of somebody's own regions; another place's is as unknown."""
    application = get_application(session, code)
    is_theirs = (
        application.township_code in regions
        or application.district_code in regions
        or any(application.district_code.startswith(city) for city in cities)
    )
    if not is_theirs:
        raise ApplicationNotFoundError
    return application


def list_own_applications(session: Session, seller_code: str) -> list[ApplicationRow]:
    """Return a seller's applications, the newest first."""
    rows = session.execute(_OWN, {"seller": seller_code, "most": MOST})
    return [_application(row) for row in rows]


def list_watched(
    session: Session, *, regions: Collection[str], cities: Collection[str]
) -> list[ApplicationRow]:
    """Return the applications of some regions: what is under way first, the oldest on top."""
    asked = {"regions": sorted(regions), "cities": sorted(cities), "most": MOST}
    return [_application(row) for row in session.execute(_QUEUE, asked)]


def list_on_notice(session: Session, *, on: date) -> list[ApplicationRow]:
    """Return what stands on public notice on a day."""
    rows = session.execute(_NOTICES, {"today": on, "most": MOST})
    return [_application(row) for row in rows]


def list_steps(session: Session, application_id: int) -> list[StepRow]:
    """Return every step of an application, of all its rounds."""
    return [
        StepRow(
            row.number,
            row.round,
            row.before,
            ApplicationState(row.state),
            "" if row.display_name is None else vault.open_sealed(bytes(row.display_name)),
            row.at,
            row.note,
            row.document_id,
        )
        for row in session.execute(_STEPS, {"id": application_id})
    ]


def list_objections(session: Session, application_id: int) -> list[ObjectionRow]:
    """Return what was held against a recognition, opened for those who answer it."""
    return [
        ObjectionRow(
            row.id,
            row.round,
            vault.open_sealed(bytes(row.words)),
            None if row.contact is None else vault.open_sealed(bytes(row.contact)),
            row.received_at,
            row.answered_at,
            row.is_upheld,
            row.answer,
        )
        for row in session.execute(_OBJECTIONS, {"id": application_id})
    ]


def _application(row: Any) -> ApplicationRow:
    facts = list(row)
    facts[11], facts[22] = ApplicationState(facts[11]), Linkage(facts[22])
    return ApplicationRow(*facts)
