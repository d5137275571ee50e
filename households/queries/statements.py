"""Read what parties earned: a household's own statement."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from households.values import HouseholdId, IncomeClass, LinkageModel
from kernel.clock import at_local_midnight

# Income counts in the month it was earned, a reversal in the month of the refund.
HOUSEHOLD_MONTHS = text(
    """
    SELECT CAST(date_trunc('month', moved.at AT TIME ZONE 'Asia/Shanghai') AS date) AS month,
        contract.code, contract.model_code, contract.income_class,
        CAST(coalesce(sum(moved.minor) FILTER (WHERE NOT moved.back), 0) AS bigint)
            AS earned_minor,
        CAST(coalesce(sum(moved.minor) FILTER (WHERE moved.back), 0) AS bigint)
            AS reversed_minor
    FROM (
        SELECT part.*, part.earned_at AS at, part.amount_minor - coalesce((
                SELECT sum(before.minor) FROM entitlement_reversals before
                WHERE before.entitlement_id = part.id AND before.at < part.earned_at
            ), 0) AS minor, false AS back
        FROM entitlements part WHERE part.earned_at IS NOT NULL
        UNION ALL
        SELECT part.*, taken.at, taken.minor, true
        FROM entitlement_reversals taken
        JOIN entitlements part ON part.id = taken.entitlement_id
        WHERE part.earned_at IS NOT NULL AND taken.at >= part.earned_at
    ) moved
    JOIN contract_versions version ON version.id = moved.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    WHERE moved.household_id = :household_id AND moved.at >= :since AND moved.at < :until
    GROUP BY month, contract.code, contract.model_code, contract.income_class
    ORDER BY month, contract.code, contract.model_code, contract.income_class
    """
)

AUDITS: tuple[tuple[str, str, str], ...] = (
    (
        "I7",
        "order lines whose entitlements do not sum to the gross",
        """SELECT count(*) FROM (SELECT 1 FROM entitlements part
        JOIN order_lines line ON line.id = part.order_line_id
        GROUP BY line.id HAVING sum(part.amount_minor) <> line.gross_minor) AS bad""",
    ),
    (
        "I7",
        "entitlements whose reversals do not sum to what is marked reversed",
        """SELECT count(*) FROM (SELECT 1 FROM entitlements part
        LEFT JOIN entitlement_reversals taken ON taken.entitlement_id = part.id
        GROUP BY part.id HAVING coalesce(sum(taken.minor), 0) <> part.reversed_minor) AS bad""",
    ),
)


@dataclass(frozen=True, slots=True)
class HouseholdMonth:
    """What a household earned in one month under one contract, in fen."""

    month: date
    contract_code: str
    model: LinkageModel
    income_class: IncomeClass
    earned_minor: int
    reversed_minor: int

    @property
    def net_minor(self) -> int:
        """Return what remains of the month after refunds booked in it."""
        return self.earned_minor - self.reversed_minor


def list_household_months(
    session: Session, household_id: HouseholdId, *, since: date, until: date
) -> list[HouseholdMonth]:
    """Return a household's earnings by month and contract, up to the day `until`."""
    rows = session.execute(
        HOUSEHOLD_MONTHS, {"household_id": household_id, **_period(since, until)}
    )
    return [
        HouseholdMonth(
            row.month,
            row.code,
            LinkageModel(row.model_code),
            IncomeClass(row.income_class),
            row.earned_minor,
            row.reversed_minor,
        )
        for row in rows
    ]


def audit(session: Session) -> list[tuple[str, str, int]]:
    """Return every invariant of entitlements with the figure by which it is broken."""
    return [
        (code, name, int(session.execute(text(count)).scalar_one()))
        for code, name, count in AUDITS
    ]


def _period(since: date, until: date) -> dict[str, datetime]:
    return {"since": at_local_midnight(since), "until": at_local_midnight(until)}
