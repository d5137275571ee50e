"""Read what parties earned: a household's own statement, a cooperative's summary."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from households.models import ContractVersion, Entitlement, LinkageContract
from households.values import HouseholdId, IncomeClass, LinkageModel, PartyKind, Stage
from kernel.clock import at_local_midnight
from kernel.paging import Page, cut, decode_key, encode_key

# Income counts in the month it was earned, a reversal in the month of the refund.
MONTHS = """
    SELECT CAST(date_trunc('month', moved.at AT TIME ZONE 'Asia/Shanghai') AS date) AS month,
        {keys},
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
    WHERE {which} AND moved.at >= :since AND moved.at < :until
    GROUP BY month, {keys} ORDER BY month, {keys}
"""

HOUSEHOLD_MONTHS = text(
    MONTHS.format(
        keys="contract.code, contract.model_code, contract.income_class",
        which="moved.household_id = :household_id",
    )
)
PARTY_MONTHS = text(
    MONTHS.format(
        keys="moved.party_kind", which="moved.party_kind = :kind AND moved.party_code = :code"
    )
)
COOPERATIVE_MONTHS = text(
    MONTHS.format(keys="moved.party_kind", which="contract.organisation_code = :organisation")
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


@dataclass(frozen=True, slots=True)
class PartyMonth:
    """What parties of one kind earned in one month, in fen."""

    month: date
    party_kind: PartyKind
    earned_minor: int
    reversed_minor: int

    @property
    def net_minor(self) -> int:
        """Return what remains of the month after refunds booked in it."""
        return self.earned_minor - self.reversed_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementRow:
    """One entitlement of a household with the contract it rests on."""

    id: int
    order_line_id: int | None
    """Empty where the source is a goods receipt."""
    receipt_id: int | None
    lot_id: int | None
    contract_code: str
    model: LinkageModel
    income_class: IncomeClass
    weight: int
    amount_minor: int
    reversed_minor: int
    stage: Stage
    expected_at: datetime
    earned_at: datetime | None
    reversed_at: datetime | None


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


def list_household_entitlements(
    session: Session,
    household_id: HouseholdId,
    *,
    key: str | None = None,
    size: int = 50,
) -> Page[EntitlementRow]:
    """Return a household's entitlements, newest first; product names are joined above."""
    statement = (
        select(
            Entitlement.id,
            Entitlement.order_line_id,
            Entitlement.receipt_id,
            Entitlement.lot_id,
            LinkageContract.code.label("contract_code"),
            LinkageContract.model_code.label("model"),
            LinkageContract.income_class,
            Entitlement.weight,
            Entitlement.amount_minor,
            Entitlement.reversed_minor,
            Entitlement.stage,
            Entitlement.expected_at,
            Entitlement.earned_at,
            Entitlement.reversed_at,
        )
        .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(Entitlement.household_id == household_id)
        .order_by(Entitlement.expected_at.desc(), Entitlement.id.desc())
        .limit(size + 1)
    )
    if key:
        moment, last_id = decode_key(key, str, int)
        last = (datetime.fromisoformat(str(moment)), last_id)
        statement = statement.where(tuple_(Entitlement.expected_at, Entitlement.id) < last)
    rows = [EntitlementRow(**row) for row in session.execute(statement).mappings()]
    return cut(rows, size, lambda row: encode_key(row.expected_at.isoformat(), row.id))


def party_months(
    session: Session, kind: PartyKind, party_code: str, *, since: date, until: date
) -> list[PartyMonth]:
    """Return what one party, such as a village, earned by month."""
    rows = session.execute(
        PARTY_MONTHS, {"kind": kind.value, "code": party_code, **_period(since, until)}
    )
    return [PartyMonth(row[0], PartyKind(row[1]), row[2], row[3]) for row in rows]


def cooperative_months(
    session: Session, organisation_code: str, *, since: date, until: date
) -> list[PartyMonth]:
    """Return what was earned under a cooperative's contracts, by month and kind of party."""
    rows = session.execute(
        COOPERATIVE_MONTHS, {"organisation": organisation_code, **_period(since, until)}
    )
    return [PartyMonth(row[0], PartyKind(row[1]), row[2], row[3]) for row in rows]


def count_cooperative_households(
    session: Session, organisation_code: str, *, since: date, until: date
) -> int:
    """Return how many households earned under a cooperative's contracts in a period."""
    period = _period(since, until)
    return session.execute(
        select(func.count(func.distinct(Entitlement.household_id)))
        .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(
            LinkageContract.organisation_code == organisation_code,
            Entitlement.earned_at >= period["since"],
            Entitlement.earned_at < period["until"],
            Entitlement.amount_minor > Entitlement.reversed_minor,
        )
    ).scalar_one()


def audit(session: Session) -> list[tuple[str, str, int]]:
    """Return every invariant of entitlements with the figure by which it is broken."""
    return [
        (code, name, int(session.execute(text(count)).scalar_one()))
        for code, name, count in AUDITS
    ]


def _period(since: date, until: date) -> dict[str, datetime]:
    return {"since": at_local_midnight(since), "until": at_local_midnight(until)}
