"""Who looked at whom, and who looked too often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from households.models import CooperativeMembership, Household, IdentityLook, LookAlert
from households.values import HouseholdId, LookerKind
from kernel.regions import Region
from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class LookRow:
    """One opening of an identity."""

    look_id: int
    household_id: HouseholdId
    looker: str
    looker_kind: LookerKind
    office: str
    purpose: str
    words: str
    fields: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertRow:
    """That somebody reached the number of looks one hour allows."""

    alert_id: int
    looker: str
    looker_kind: LookerKind
    office: str
    looks: int
    raised_at: datetime
    reviewed_at: datetime | None
    reviewed_by: str | None
    finding: str | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member household of an organisation: a number, a village, a first day."""

    household_id: HouseholdId
    village_name: str
    since: date


def list_looks(
    session: Session,
    *,
    household_id: str = "",
    looker: str = "",
    before_id: int | None = None,
    limit: int,
) -> Sequence[LookRow]:
    """Return looks, the newest first, at one household or by one person where given."""
    statement = (
        select(
            IdentityLook.id,
            IdentityLook.household_id,
            IdentityLook.looker,
            IdentityLook.looker_kind,
            IdentityLook.office,
            IdentityLook.purpose,
            IdentityLook.words,
            IdentityLook.fields,
            IdentityLook.at,
        )
        .order_by(IdentityLook.id.desc())
        .limit(limit)
    )
    if household_id:
        statement = statement.where(IdentityLook.household_id == household_id)
    if looker:
        statement = statement.where(IdentityLook.looker == looker)
    if before_id is not None:
        statement = statement.where(IdentityLook.id < before_id)
    return fill_all(LookRow, session.execute(statement))


def list_alerts(
    session: Session,
    *,
    within: Sequence[str] | None = None,
    before_id: int | None = None,
    limit: int,
) -> Sequence[AlertRow]:
    """Return alerts, the newest first; `within` keeps officials of places below these regions.

    A superior sees those below, not those beside them.
    """
    statement = (
        select(
            LookAlert.id,
            LookAlert.looker,
            LookAlert.looker_kind,
            LookAlert.office,
            LookAlert.looks,
            LookAlert.raised_at,
            LookAlert.reviewed_at,
            LookAlert.reviewed_by,
            LookAlert.finding,
        )
        .order_by(LookAlert.id.desc())
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(_is_below(within))
    if before_id is not None:
        statement = statement.where(LookAlert.id < before_id)
    return fill_all(AlertRow, session.execute(statement))


def is_alert_within(session: Session, alert_id: int, regions: Sequence[str]) -> bool:
    """Say whether an alert is about an official of a place below one of the regions."""
    found = session.scalars(
        select(LookAlert.id).where(LookAlert.id == alert_id, _is_below(regions))
    ).one_or_none()
    return found is not None


def count_open_alerts(session: Session) -> int:
    """Return how many alerts nobody has looked into."""
    return session.scalars(select(func.count()).where(LookAlert.reviewed_at.is_(None))).one()


def list_members(
    session: Session, organisation_code: str, *, on: date, after: str, limit: int
) -> Sequence[MemberRow]:
    """Return the member households of an organisation on a day, by number."""
    rows = session.execute(
        select(Household.id, Region.name, CooperativeMembership.valid_from)
        .join(Region, Region.code == Household.village_code)
        .join(CooperativeMembership, CooperativeMembership.household_id == Household.id)
        .where(
            CooperativeMembership.organisation_code == organisation_code,
            CooperativeMembership.valid_from <= on,
            or_(CooperativeMembership.valid_to.is_(None), CooperativeMembership.valid_to >= on),
            Household.id > after,
        )
        .order_by(Household.id)
        .limit(limit)
    )
    return fill_all(MemberRow, rows)


def _is_below(regions: Sequence[str]) -> ColumnElement[bool]:
    below = [
        and_(LookAlert.office.startswith(code, autoescape=True), LookAlert.office != code)
        for code in regions
    ]
    return and_(LookAlert.looker_kind == LookerKind.OFFICIAL, or_(false(), *below))
