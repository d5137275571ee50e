"""Who is asked to join, who joined and left; households stand under their numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from households.models import CooperativeMembership, Household, MembershipMove
from households.values import HouseholdId, MoveRow, MoveState
from kernel.regions import Region
from kernel.rows import fill_all
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A membership that goes on, or ends on a day still to come, as the household sees it."""

    organisation_code: str
    organisation_name: str
    since: date
    until: date | None


def list_moves(
    session: Session,
    *,
    organisation_code: str = "",
    household_id: str = "",
    villages: Collection[str] | None = None,
    only_open: bool = False,
    limit: int,
) -> Sequence[MoveRow]:
    """Return joinings and leavings, the newest first, of whoever is given; one statement."""
    statement = _moves().order_by(MembershipMove.id.desc()).limit(limit)
    if organisation_code:
        statement = statement.where(MembershipMove.organisation_code == organisation_code)
    if household_id:
        statement = statement.where(MembershipMove.household_id == household_id)
    if villages is not None:
        statement = statement.where(Household.village_code.in_(sorted(villages)))
    if only_open:
        statement = statement.where(MembershipMove.state == MoveState.OPEN)
    return fill_all(MoveRow, session.execute(statement))


def list_member_of(
    session: Session, household_id: HouseholdId, *, on: date
) -> Sequence[MemberOf]:
    """Return where a household is, or will be, a member on a day."""
    member = CooperativeMembership
    rows = session.execute(
        select(member.organisation_code, Organisation.name, member.valid_from, member.valid_to)
        .join(Organisation, Organisation.code == member.organisation_code)
        .where(member.household_id == household_id, _lasts(on))
        .order_by(member.organisation_code, member.valid_from)
    )
    return fill_all(MemberOf, rows)


def list_villages(
    session: Session, organisation_code: str, *, on: date
) -> Sequence[tuple[str, str]]:
    """Return code and name of the villages of an organisation: its own and its members'."""
    own = select(Organisation.village_code).where(Organisation.code == organisation_code)
    of_members = (
        select(Household.village_code)
        .join(CooperativeMembership, CooperativeMembership.household_id == Household.id)
        .where(CooperativeMembership.organisation_code == organisation_code, _lasts(on))
    )
    rows = session.execute(
        select(Region.code, Region.name)
        .where(or_(Region.code.in_(own), Region.code.in_(of_members)))
        .order_by(Region.code)
    )
    return [(row.code, row.name) for row in rows]


def list_possible(
    session: Session,
    organisation_code: str,
    village_code: str,
    *,
    on: date,
    after: str,
    limit: int,
) -> list[HouseholdId]:
    """Return numbers of households of a village that are no members and not asked, in order."""
    statement = (
        select(Household.id)
        .where(
            Household.village_code == village_code,
            Household.id > after,
            ~exists().where(
                CooperativeMembership.household_id == Household.id,
                CooperativeMembership.organisation_code == organisation_code,
                _lasts(on),
            ),
            ~exists().where(
                MembershipMove.household_id == Household.id,
                MembershipMove.organisation_code == organisation_code,
                MembershipMove.state == MoveState.OPEN,
            ),
        )
        .order_by(Household.id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def count_asked(session: Session, household_id: HouseholdId) -> int:
    """Return how many proposals wait for a household's answer."""
    return session.scalars(
        select(func.count()).where(
            MembershipMove.household_id == household_id,
            MembershipMove.state == MoveState.OPEN,
        )
    ).one()


def _moves() -> Select[*tuple[Any, ...]]:
    return (
        select(
            MembershipMove.id,
            MembershipMove.household_id,
            Household.village_code,
            Region.name,
            MembershipMove.organisation_code,
            Organisation.name,
            MembershipMove.kind,
            MembershipMove.state,
            MembershipMove.day,
            MembershipMove.proposed_by,
            MembershipMove.proposed_at,
            MembershipMove.closed_at,
            MembershipMove.answered_as,
        )
        .join(Household, Household.id == MembershipMove.household_id)
        .join(Region, Region.code == Household.village_code)
        .join(Organisation, Organisation.code == MembershipMove.organisation_code)
    )


def _lasts(on: date) -> ColumnElement[bool]:
    return or_(CooperativeMembership.valid_to.is_(None), CooperativeMembership.valid_to >= on)
