"""Reads of claims: terms in force, what others hold already, rows for pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kernel.policy import list_in_force
from kernel.rows import fill, fill_all
from orders.errors import ClaimNotFoundError
from orders.models import Claim, ClaimEvent, ClaimLine, ClaimPhoto, Order, OrderLine
from orders.rules.claims import LET_GO, graded
from orders.values import (
    ClaimCause,
    ClaimKind,
    ClaimState,
    ClaimTerms,
    Condition,
    FreightBearer,
)
from payments.values import Bearer

HOURS, DAYS, GRADES = "claim_hours", "return_days", "claim_grades"
AUTO, AUTO_MONTH = "claim_auto_minor", "claim_auto_month_minor"
EXCHANGE, FREIGHT, WAITS = "exchange_days", "return_freight", "claim_waits"
TERMS = [HOURS, DAYS, GRADES, AUTO, AUTO_MONTH, EXCHANGE, FREIGHT, WAITS]


@dataclass(frozen=True, slots=True)
class ClaimLineRow:
    """Packs of one line a claim is about, as the buyer bought them."""

    claim_id: int
    order_line_id: int
    name: str
    name_en: str
    spec: str
    packs: int
    minor: int
    share_minor: int


@dataclass(frozen=True, slots=True)
class ClaimStepRow:
    """One step of a claim."""

    claim_id: int
    state: ClaimState
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim with its lines; its photos by id and its steps where they were asked for."""

    claim_id: int
    order_number: str
    group_number: str
    seller_code: str
    kind: ClaimKind
    state: ClaimState
    words: str
    percent: int
    bearer: Bearer
    is_automatic: bool
    refund_id: int | None
    created_at: datetime
    cause: ClaimCause
    freight_bearer: FreightBearer | None
    offered_percent: int | None
    waybill_carrier: str | None
    waybill_number: str | None
    condition: Condition | None
    replacement_number: str | None
    due_at: datetime | None
    lines: tuple[ClaimLineRow, ...] = ()
    photo_ids: tuple[int, ...] = ()
    steps: tuple[ClaimStepRow, ...] = ()

    @property
    def minor(self) -> int:
        """Return what is asked for or was paid, in fen of the gross."""
        return sum(line.minor for line in self.lines)

    @property
    def offered_minor(self) -> int:
        """Return what the seller offers, in fen of the gross; 0 without an offer."""
        percent = self.offered_percent or 0
        return sum(graded(line.share_minor, percent) for line in self.lines)

    @property
    def is_back(self) -> bool:
        """Say whether the goods have come back to the seller."""
        return any(step.state is ClaimState.RETURN_RECEIVED for step in self.steps)


def get_terms(session: Session, *, on: date) -> ClaimTerms:
    """Return the terms of claims in force; what no number is in force for cannot be claimed."""
    return terms_of(list_in_force(session, TERMS, on=on))


def terms_of(found: Mapping[str, Any]) -> ClaimTerms:
    """Return the terms by the parameters in force, `TERMS` among them."""
    return ClaimTerms(
        hours={row["storage"]: int(row["hours"]) for row in found.get(HOURS, ())},
        return_days={row["category"]: int(row["days"]) for row in found.get(DAYS, ())},
        grades=tuple(int(row["percent"]) for row in found.get(GRADES, ())),
        auto_minor=int(found.get(AUTO, 0)),
        auto_month_minor=int(found.get(AUTO_MONTH, 0)),
        exchange_days=int(found.get(EXCHANGE, 0)),
        freight={row["cause"]: FreightBearer(row["bearer"]) for row in found.get(FREIGHT, ())},
        waits={row["state"]: int(row["hours"]) for row in found.get(WAITS, ())},
    )


def find_claim_id(session: Session, key: str) -> int | None:
    """Return the claim that was opened under a key."""
    return session.scalar(select(Claim.id).where(Claim.key == key))


def find_order_number(session: Session, claim_id: int) -> str:
    """Return which order a claim is about; raises `ClaimNotFoundError`."""
    number = session.scalar(select(Claim.order_number).where(Claim.id == claim_id))
    if number is None:
        raise ClaimNotFoundError(claim_id)
    return number


def packs_claimed(session: Session, *order_numbers: str) -> Mapping[int, int]:
    """Return how many packs of each line of orders claims hold, by line id."""
    rows = session.execute(
        select(ClaimLine.order_line_id, func.sum(ClaimLine.packs))
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(Claim.order_number.in_(order_numbers), Claim.state.not_in(LET_GO))
        .group_by(ClaimLine.order_line_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def granted_minor(session: Session, person_id: int, *, since: datetime) -> int:
    """Return what a buyer was granted at once since a moment, in fen of the gross."""
    total = session.scalar(
        select(func.sum(ClaimLine.minor))
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(Claim.person_id == person_id, Claim.is_automatic, Claim.created_at >= since)
    )
    return int(total or 0)


_HEAD = (
    Claim.id,
    Claim.order_number,
    Order.group_number,
    Order.seller_code,
    Claim.kind,
    Claim.state,
    Claim.words,
    Claim.percent,
    Claim.bearer,
    Claim.is_automatic,
    Claim.refund_id,
    Claim.created_at,
    Claim.cause,
    Claim.freight_bearer,
    Claim.offered_percent,
    Claim.waybill_carrier,
    Claim.waybill_number,
    Claim.condition,
    Claim.replacement_number,
    Claim.due_at,
)


def list_claims(
    session: Session,
    *,
    order_numbers: Sequence[str] | None = None,
    seller_code: str | None = None,
    states: Sequence[ClaimState] = (),
    limit: int = 100,
) -> list[ClaimRow]:
    """Return claims with their lines, the longest waiting first; two statements."""
    wanted: list[ColumnElement[bool]] = []
    if order_numbers is not None:
        wanted.append(Claim.order_number.in_(order_numbers))
    if seller_code is not None:
        wanted.append(Order.seller_code == seller_code)
    if states:
        wanted.append(Claim.state.in_(states))
    rows = session.execute(
        select(*_HEAD)
        .join(Order, Order.number == Claim.order_number)
        .where(*wanted)
        .order_by(Claim.id)
        .limit(limit)
    ).all()
    lines = _lines_of(session, [row[0] for row in rows])
    return [fill(ClaimRow, (*row, tuple(lines.get(row[0], ())))) for row in rows]


def get_claim(
    session: Session,
    claim_id: int,
    *,
    order_numbers: Sequence[str] | None = None,
    seller_code: str | None = None,
) -> ClaimRow:
    """Return a claim of one of these orders or of this seller, with photos and steps.

    Raises `ClaimNotFoundError` for an unknown one and for somebody else's alike.
    """
    row: Sequence[Any] | None = session.execute(
        select(*_HEAD)
        .join(Order, Order.number == Claim.order_number)
        .where(Claim.id == claim_id)
    ).one_or_none()
    if row is None:
        raise ClaimNotFoundError(claim_id)
    _, order_number, _, seller = row[:4]
    strange = order_numbers is not None and order_number not in order_numbers
    if strange or seller_code not in {None, seller}:
        raise ClaimNotFoundError(claim_id)
    photos = session.scalars(
        select(ClaimPhoto.id).where(ClaimPhoto.claim_id == claim_id).order_by(ClaimPhoto.id)
    )
    steps = session.execute(
        select(
            ClaimEvent.claim_id,
            ClaimEvent.state,
            ClaimEvent.actor,
            ClaimEvent.reason,
            ClaimEvent.at,
        )
        .where(ClaimEvent.claim_id == claim_id)
        .order_by(ClaimEvent.id)
    ).all()
    lines = _lines_of(session, [claim_id]).get(claim_id, [])
    return fill(
        ClaimRow, (*row, tuple(lines), tuple(photos), tuple(fill_all(ClaimStepRow, steps)))
    )


def get_photo(session: Session, claim_id: int, photo_id: int) -> bytes:
    """Return a photo of a claim; raises `ClaimNotFoundError`."""
    jpeg = session.scalar(
        select(ClaimPhoto.jpeg).where(
            ClaimPhoto.id == photo_id, ClaimPhoto.claim_id == claim_id
        )
    )
    if jpeg is None:
        raise ClaimNotFoundError(claim_id)
    return bytes(jpeg)


def was_in(session: Session, claim_id: int, state: ClaimState) -> bool:
    """Say whether a claim ever stood in a state."""
    found = select(ClaimEvent.id).where(
        ClaimEvent.claim_id == claim_id, ClaimEvent.state == state
    )
    return session.scalar(found.limit(1)) is not None


def list_due(session: Session, *, at: datetime, limit: int) -> list[int]:
    """Return the claims whose time is over, the longest first."""
    rows = session.scalars(
        select(Claim.id).where(Claim.due_at <= at).order_by(Claim.due_at, Claim.id).limit(limit)
    )
    return list(rows)


def list_shares(session: Session, claim_id: int) -> Mapping[int, int]:
    """Return what the packs of each line of a claim come to before grading, in fen."""
    rows = session.execute(
        select(ClaimLine.order_line_id, ClaimLine.share_minor).where(
            ClaimLine.claim_id == claim_id
        )
    )
    return {row[0]: row[1] for row in rows}


def _lines_of(session: Session, claim_ids: Sequence[int]) -> Mapping[int, list[ClaimLineRow]]:
    snapshot = OrderLine.snapshot
    rows = session.execute(
        select(
            ClaimLine.claim_id,
            ClaimLine.order_line_id,
            snapshot["name"].as_string(),
            snapshot["name_en"].as_string(),
            snapshot["spec"].as_string(),
            ClaimLine.packs,
            ClaimLine.minor,
            ClaimLine.share_minor,
        )
        .join(OrderLine, OrderLine.id == ClaimLine.order_line_id)
        .where(ClaimLine.claim_id.in_(claim_ids))
        .order_by(ClaimLine.order_line_id)
    )
    lines: dict[int, list[ClaimLineRow]] = {}
    for row in rows:
        lines.setdefault(row[0], []).append(fill(ClaimLineRow, row))
    return lines
