"""What journeys would have come to under other limits; nothing of it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cold_chain.errors import ProfileNotFoundError
from cold_chain.limits import ProfileKey, load_profiles
from cold_chain.models import Evaluation, LimitProfile, Shipment
from cold_chain.records import load_backgrounds, load_records
from cold_chain.rules.verdict import arrange, evaluate
from cold_chain.values import Profile, Verdict
from kernel.rows import fill
from parties.models import Organisation

BATCH = 100
VALID = (Evaluation.shipment_id == Shipment.id) & Evaluation.superseded_by.is_(None)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which journeys: under which limits, departed from when up to when, from which region."""

    profile_code: str
    from_at: datetime
    to_at: datetime
    origin_scope: str = ""


@dataclass(frozen=True, slots=True)
class TripRow:
    """One journey as it was judged and as it would be."""

    shipment_id: int
    order_number: str
    carrier_name: str
    departed_at: datetime
    verdict: Verdict
    then: Verdict
    then_reasons: tuple[str, ...]

    @property
    def has_changed(self) -> bool:
        """Say whether the verdict would be another."""
        return self.verdict is not self.then


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Some journeys judged again."""

    rows: list[TripRow]
    last_id: int | None
    """Behind which to go on; empty when all were judged."""

    def count(self, verdict: Verdict, then: Verdict) -> int:
        """Return how many went from one verdict to another."""
        return sum((row.verdict, row.then) == (verdict, then) for row in self.rows)


def list_profile_versions(session: Session, profile_code: str) -> list[Profile]:
    """Return all versions of limits, the newest first; raises `ProfileNotFoundError`."""
    keys: list[ProfileKey] = [
        (row.code, row.version)
        for row in session.execute(
            select(LimitProfile.code, LimitProfile.version).where(
                LimitProfile.code == profile_code
            )
        )
    ]
    if not keys:
        raise ProfileNotFoundError(profile_code)
    found = load_profiles(session, keys).values()
    return sorted(found, key=lambda one: one.version, reverse=True)


def count_trips(session: Session, asked: Asked) -> int:
    """Return how many judged journeys a question is about."""
    counted = session.scalar(
        select(func.count())
        .select_from(Shipment)
        .join(Evaluation, VALID)
        .where(*_wanted(asked))
    )
    return counted or 0


def judge_again(
    session: Session,
    asked: Asked,
    profile: Profile,
    *,
    at: datetime,
    after_id: int = 0,
    limit: int = 300,
) -> WhatIf:
    """Judge journeys by the stored readings under other limits, in the order of their ids."""
    rows: list[TripRow] = []
    last_id: int | None = after_id
    while last_id is not None and len(rows) < limit:
        size = min(BATCH, limit - len(rows))
        found = _judge(session, asked, profile, at, (last_id, size))
        rows += found
        last_id = found[-1].shipment_id if len(found) == size else None
    return WhatIf(rows, last_id)


def _judge(
    session: Session, asked: Asked, profile: Profile, at: datetime, page: tuple[int, int]
) -> list[TripRow]:
    after_id, limit = page
    trips: Sequence[Any] = session.execute(
        select(
            Shipment.id,
            Shipment.order_number,
            Organisation.name,
            Shipment.departed_at,
            Evaluation.verdict,
        )
        .join(Evaluation, VALID)
        .join(Organisation, Organisation.code == Shipment.carrier_code)
        .where(*_wanted(asked), Shipment.id > after_id)
        .order_by(Shipment.id)
        .limit(limit)
    ).all()
    records = load_records(session, {trip.id: profile for trip in trips}, at=at)
    backgrounds = load_backgrounds(session, records)
    rows = []
    for trip in trips:
        record = records[trip.id]
        judged = evaluate(
            arrange(record.samples, record.custody),
            record.custody,
            profile,
            record.doors,
            backgrounds[trip.id].expired,
        )
        rows.append(fill(TripRow, (*trip, judged.verdict, judged.reasons)))
    return rows


def _wanted(asked: Asked) -> Sequence[ColumnElement[bool]]:
    return (
        Shipment.profile_code == asked.profile_code,
        Shipment.departed_at >= asked.from_at,
        Shipment.departed_at < asked.to_at,
        Shipment.origin_region_code.startswith(asked.origin_scope, autoescape=True),
    )
