"""Read how all the money of a period was divided over the kinds of party."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from households.values import PartyKind
from kernel.clock import at_local_midnight
from kernel.disclosure import HouseholdGroup

FLOW = text(
    """
    WITH parties AS (
        SELECT party_kind, household_id, sum(amount_minor - reversed_minor)::bigint AS minor
        FROM entitlements WHERE earned_at >= :since AND earned_at < :until
        GROUP BY party_kind, household_id
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY party_kind ORDER BY minor DESC) AS rank
        FROM parties
    )
    SELECT party_kind, sum(minor)::bigint, count(household_id) FILTER (WHERE minor > 0),
        coalesce(max(minor) FILTER (WHERE rank = 1), 0),
        coalesce(max(minor) FILTER (WHERE rank = 2), 0)
    FROM ranked GROUP BY party_kind ORDER BY party_kind
    """
)


def flow_of_period(
    session: Session, *, since: date, until: date
) -> tuple[Mapping[PartyKind, int], HouseholdGroup]:
    """Return what the parties of each kind earned in a period, net of all refunds so far.

    `until` is the first day that is not counted. Beside it stand the households behind their
    part; everybody may see it only through `reporting.rules.flows`. One statement.
    """
    rows = session.execute(
        FLOW, {"since": at_local_midnight(since), "until": at_local_midnight(until)}
    ).all()
    households = [HouseholdGroup(row[2], row[1], row[3], row[4]) for row in rows if row[2]]
    return {PartyKind(row[0]): row[1] for row in rows}, sum(households, HouseholdGroup())
