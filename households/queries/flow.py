"""Read how all the money of a period was divided over the kinds of party."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from households.models import Entitlement
from households.queries.trail import TrailRow
from kernel.clock import at_local_midnight


def flow_of_period(session: Session, *, since: date, until: date) -> Sequence[TrailRow]:
    """Return what the parties of each kind earned in a period, net of all refunds so far.

    `until` is the first day that is not counted. Everybody may see the parts only through
    `disclosed_trail`. One statement.
    """
    net = Entitlement.amount_minor - Entitlement.reversed_minor
    rows = session.execute(
        select(
            Entitlement.party_kind,
            cast(func.sum(net), BigInteger),
            func.count(Entitlement.household_id.distinct()).filter(net > 0),
        )
        .where(
            Entitlement.earned_at >= at_local_midnight(since),
            Entitlement.earned_at < at_local_midnight(until),
        )
        .group_by(Entitlement.party_kind)
        .order_by(Entitlement.party_kind)
    )
    return [TrailRow(None, kind, minor, households) for kind, minor, households in rows]
