"""Who helps whom in a region: groups, pairings with what they bought, pledges so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, ColumnElement, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import LateralFromClause

from kernel.clock import at_local_midnight
from kernel.regions import DISTRICT_DIGITS, TOWNSHIP_DIGITS, Region
from kernel.rows import fill_all
from pairing.models import AssistanceGroup, Drawdown, GroupMember, Pairing, Pledge
from pairing.values import PledgeKind
from parties.models import Organisation
from reporting.volumes import EVENTS


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One assistance group with the township it helps and its members, the lead first."""

    sequence: int
    name: str
    township_code: str
    township_name: str
    focus_tier: str
    focus_village: str | None
    lead_unit: str
    members: Sequence[str]
    shared: int
    """How many of the members sit in two groups."""


@dataclass(frozen=True, slots=True)
class PairingRow:
    """A buyer paired with a village and what it bought in a year, in fen net of refunds."""

    organisation_code: str
    organisation_name: str
    channel_code: str | None
    village_code: str
    village_name: str
    township_name: str
    since: date
    in_village_minor: int
    elsewhere_minor: int
    """Bought in the district, but not in the paired village."""
    is_sample: bool


@dataclass(frozen=True, slots=True)
class PledgeRow:
    """A promise to buy and what paid orders, net of refunds, took off it."""

    organisation_code: str
    organisation_name: str
    channel_code: str | None
    village_name: str | None
    year: int
    amount_minor: int
    drawn_minor: int
    is_sample: bool

    @property
    def percent(self) -> int:
        """Return how much of the promise is kept, in whole percent rounded down."""
        return self.drawn_minor * 100 // self.amount_minor


def list_groups(session: Session, scope: str) -> Sequence[GroupRow]:
    """Return the assistance groups that help townships of a scope; one statement."""
    village = aliased(Region)
    members = aggregate_order_by(
        GroupMember.unit_name, GroupMember.is_lead.desc(), GroupMember.unit_name
    )
    statement = (
        select(
            AssistanceGroup.sequence,
            AssistanceGroup.name,
            AssistanceGroup.township_code,
            Region.name,
            AssistanceGroup.focus_tier,
            village.name,
            AssistanceGroup.lead_unit,
            func.array_agg(members).filter(GroupMember.unit_name.is_not(None)),
            func.count().filter(GroupMember.is_double_assigned),
        )
        .join(Region, Region.code == AssistanceGroup.township_code)
        .outerjoin(village, village.code == AssistanceGroup.focus_village_code)
        .outerjoin(GroupMember, GroupMember.group_sequence == AssistanceGroup.sequence)
        .where(AssistanceGroup.township_code.startswith(scope[:TOWNSHIP_DIGITS]))
        .group_by(AssistanceGroup.sequence, Region.name, village.name)
        .order_by(AssistanceGroup.sequence)
    )
    return [GroupRow(*row[:7], row[7] or (), row[8]) for row in session.execute(statement)]


def list_pairings(
    session: Session, scope: str, *, year: int, as_of: datetime
) -> Sequence[PairingRow]:
    """Return live pairings with villages of a scope and the purchases of a year.

    The village's column counts goods of the paired village alone; whatever else the buyer took
    of the district stands beside it. One statement.
    """
    township = aliased(Region)
    bought = _bought(year, as_of)
    statement = (
        select(
            Pairing.organisation_code,
            Organisation.name,
            Organisation.channel_code,
            Pairing.village_code,
            Region.name,
            township.name,
            Pairing.since,
            bought.c.in_village,
            bought.c.elsewhere,
            Pairing.is_sample,
        )
        .join(Organisation, Organisation.code == Pairing.organisation_code)
        .join(Region, Region.code == Pairing.village_code)
        .join(township, township.code == Region.parent_code)
        .join(bought, true())
        .where(
            Pairing.village_code.startswith(scope),
            Pairing.since <= date(year, 12, 31),
            or_(Pairing.until.is_(None), Pairing.until >= date(year, 1, 1)),
        )
        .order_by(Pairing.village_code, Pairing.organisation_code)
    )
    return fill_all(PairingRow, session.execute(statement))


def list_pledges(
    session: Session, scope: str, *, year: int, as_of: datetime
) -> Sequence[PledgeRow]:
    """Return the year's promises to buy that concern a scope, the largest first.

    Promises to the whole district concern the district alone. One statement.
    """
    drawn = (
        select(func.coalesce(func.sum(Drawdown.amount_minor), 0).cast(BigInteger))
        .where(Drawdown.pledge_id == Pledge.id, Drawdown.at < as_of)
        .scalar_subquery()
    )
    concerns = Pledge.village_code.startswith(scope)
    if len(scope) == DISTRICT_DIGITS:
        concerns = or_(concerns, Pledge.village_code.is_(None))
    statement = (
        select(
            Pledge.organisation_code,
            Organisation.name,
            Organisation.channel_code,
            Region.name,
            Pledge.year,
            Pledge.amount_minor,
            drawn,
            Pledge.is_sample,
        )
        .join(Organisation, Organisation.code == Pledge.organisation_code)
        .outerjoin(Region, Region.code == Pledge.village_code)
        .where(Pledge.year == year, Pledge.kind == PledgeKind.PURCHASE, concerns)
        .order_by(Pledge.amount_minor.desc(), Pledge.organisation_code, Pledge.id)
    )
    return fill_all(PledgeRow, session.execute(statement))


def _bought(year: int, as_of: datetime) -> LateralFromClause:
    """Return what a pairing's buyer bought in its village, and elsewhere in the district."""
    return (
        select(
            _minor_where(EVENTS.c.origin_village_code == Pairing.village_code, "in_village"),
            _minor_where(
                and_(
                    EVENTS.c.origin_district_code
                    == func.left(Pairing.village_code, DISTRICT_DIGITS),
                    EVENTS.c.origin_village_code.is_distinct_from(Pairing.village_code),
                ),
                "elsewhere",
            ),
        )
        .where(
            EVENTS.c.buyer_organisation_code == Pairing.organisation_code,
            EVENTS.c.at >= at_local_midnight(date(year, 1, 1)),
            EVENTS.c.at < min(at_local_midnight(date(year + 1, 1, 1)), as_of),
        )
        .lateral("bought")
    )


def _minor_where(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    total = func.sum(EVENTS.c.minor).filter(condition)
    return func.coalesce(total, 0).cast(BigInteger).label(name)
