"""What a public notice may tell: a total only where enough households share it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe

TOTALS = text(
    """
    WITH shares AS (
        SELECT allotments.code, allotments.total_minor, part.household_id,
            sum(part.amount_minor) AS minor,
            row_number() OVER (
                PARTITION BY allotments.code
                ORDER BY sum(part.amount_minor) DESC, part.household_id) AS place
        FROM allotments JOIN entitlements part ON part.allotment_id = allotments.id
        WHERE allotments.code = ANY (CAST(:codes AS text[])) AND part.household_id IS NOT NULL
        GROUP BY allotments.code, allotments.total_minor, part.household_id
    )
    SELECT code, total_minor, count(*) AS households, CAST(sum(minor) AS bigint) AS minor,
        CAST(coalesce(max(minor) FILTER (WHERE place = 1), 0) AS bigint) AS largest,
        CAST(coalesce(max(minor) FILTER (WHERE place = 2), 0) AS bigint) AS second
    FROM shares GROUP BY code, total_minor
    """
)


@dataclass(frozen=True, slots=True)
class Told:
    """Who shares an allotment, and its total where it may be told."""

    households: HouseholdGroup
    total_minor: int | None


def disclose(
    session: Session, codes: Sequence[str], shown: DisclosurePolicy
) -> dict[str, Told]:
    """Return what may be told of allotments, with one statement.

    The total is withheld with the households: where they are too few and where two hold nearly
    all of it.
    """
    told = dict.fromkeys(codes, Told(HouseholdGroup(), None))
    for row in session.execute(TOTALS, {"codes": list(codes)}):
        group = HouseholdGroup(row.households, row.minor, row.largest, row.second)
        told[row.code] = Told(group, row.total_minor if is_safe(group, shown) else None)
    return told
