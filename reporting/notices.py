"""What a public notice may tell: a total only where enough households share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import policy
from kernel.disclosure import PARAM_MIN_HOUSEHOLDS

PARAM_DOMINANCE = "disclosure_dominance_percent"
WHOLE = 100

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
        CAST(coalesce(sum(minor) FILTER (WHERE place <= 2), 0) AS bigint) AS largest_two
    FROM shares GROUP BY code, total_minor
    """
)


@dataclass(frozen=True, slots=True)
class Told:
    """How many households share, the least number that may be told, and the total if any."""

    households: int
    minimum: int | None
    total_minor: int | None


def disclose(session: Session, codes: Sequence[str], *, on: date) -> dict[str, Told]:
    """Return what may be told of allotments, with two statements.

    The total is withheld below the least number of households and where two hold nearly all
    of it; without the numbers in force it is withheld altogether.
    """
    numbers = policy.list_in_force(session, [PARAM_MIN_HOUSEHOLDS, PARAM_DOMINANCE], on=on)
    minimum = numbers.get(PARAM_MIN_HOUSEHOLDS)
    dominance = numbers.get(PARAM_DOMINANCE)
    told = dict.fromkeys(codes, Told(0, minimum, None))
    for row in session.execute(TOTALS, {"codes": list(codes)}):
        is_open = (
            minimum is not None
            and dominance is not None
            and row.households >= int(minimum)
            and row.largest_two * WHOLE <= row.minor * int(dominance)
        )
        told[row.code] = Told(row.households, minimum, row.total_minor if is_open else None)
    return told
