"""The rows of a household's statement: one month under one contract, from gross to paid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from households.values import IncomeClass, LinkageModel
from kernel.clock import local_date
from kernel.money import allot

# Expected counts in the month of the payment by the buyer, earned in the month of delivery,
# receipt or final allotment, and what was taken back in the month of the refund.
ROWS = text(
    """
    SELECT CAST(date_trunc('month', moved.at AT TIME ZONE 'Asia/Shanghai') AS date) AS month,
        contract.code, contract.model_code, contract.income_class, payer.name,
        CAST(sum(moved.expected) AS bigint), CAST(sum(moved.earned) AS bigint),
        CAST(sum(moved.taken) AS bigint)
    FROM (
        SELECT contract_version_id, expected_at AS at,
            amount_minor - reversed_minor AS expected,
            0 AS earned, 0 AS taken
        FROM entitlements WHERE household_id = :household AND stage = 'expected'
        UNION ALL
        SELECT contract_version_id, earned_at, 0, amount_minor, 0
        FROM entitlements WHERE household_id = :household AND earned_at IS NOT NULL
        UNION ALL
        SELECT part.contract_version_id, greatest(back.at, part.earned_at), 0, 0, back.minor
        FROM entitlement_reversals back JOIN entitlements part ON part.id = back.entitlement_id
        WHERE part.household_id = :household AND part.earned_at IS NOT NULL
    ) AS moved
    JOIN contract_versions version ON version.id = moved.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    JOIN organisations payer ON payer.code = contract.organisation_code
    WHERE moved.at >= :since AND moved.at < :until
    GROUP BY month, contract.code, contract.model_code, contract.income_class, payer.name
    """
)

# What the lines the bank paid were for, contract by contract, as it stood at the end of the
# settlement's period. A line the bank returned has given its entitlements to the one that pays
# again.
SETTLED = text(
    """
    SELECT line.id, line.paid_at, CAST(line.amount_minor AS bigint), contract.code,
        contract.model_code, contract.income_class, payer.name,
        CAST(sum(part.amount_minor - coalesce(back.minor, 0)) AS bigint)
    FROM settlement_lines line
    JOIN settlement_periods period ON period.id = line.period_id
    JOIN entitlements part ON part.settlement_line_id = line.id
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    JOIN organisations payer ON payer.code = contract.organisation_code
    LEFT JOIN LATERAL (
        SELECT sum(minor) AS minor FROM entitlement_reversals taken
        WHERE taken.entitlement_id = part.id AND taken.at < timezone(
            'Asia/Shanghai', period.period_to + time '00:00' + interval '1 day')
    ) AS back ON true
    WHERE line.household_id = :household AND line.state = 'paid'
        AND line.paid_at >= :since AND line.paid_at < :until
    GROUP BY line.id, line.paid_at, line.amount_minor, contract.code, contract.model_code,
        contract.income_class, payer.name
    ORDER BY line.id, contract.code
    """
)


@dataclass(frozen=True, slots=True)
class Under:
    """Where a figure stands: a month and a contract of the household."""

    month: date
    contract_code: str
    model: LinkageModel
    income_class: IncomeClass
    payer_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One month under one contract, in fen."""

    under: Under
    expected_minor: int = 0
    gross_earned_minor: int = 0
    """What was paid, or allotted, for the household's part before anything is taken off."""
    gross_taken_minor: int = 0
    """What refunds took back of that in this month."""
    earned_minor: int = 0
    taken_minor: int = 0
    """What refunds took back of the household's own part in this month."""
    paid_minor: int = 0
    """What the bank confirmed in this month for this contract."""
    cost_minor: int | None = 0
    """The declared cost in the recognised income; None where no rate is known."""

    @property
    def month(self) -> date:
        """Return the first day of the month."""
        return self.under.month

    @property
    def contract_code(self) -> str:
        """Return the contract's number."""
        return self.under.contract_code

    @property
    def model(self) -> LinkageModel:
        """Return the contract's model."""
        return self.under.model

    @property
    def income_class(self) -> IncomeClass:
        """Return the class of what the contract brings."""
        return self.under.income_class

    @property
    def payer_name(self) -> str:
        """Return who pays under the contract."""
        return self.under.payer_name

    @property
    def gross_minor(self) -> int:
        """Return the gross of the month less what refunds took back of it."""
        return self.gross_earned_minor - self.gross_taken_minor

    @property
    def recognised_minor(self) -> int:
        """Return the income of the month: earned less taken back."""
        return self.earned_minor - self.taken_minor

    @property
    def net_minor(self) -> int | None:
        """Return the recognised income less its declared cost; None where that is unknown."""
        return None if self.cost_minor is None else self.recognised_minor - self.cost_minor


Figures = Mapping[Under, Mapping[str, int]]
"""Fen by place in the statement and by field of its row."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose statement is read, and between which moments."""

    household_id: str
    since: datetime
    until: datetime

    @property
    def params(self) -> Mapping[str, object]:
        """Return what a statement of SQL is asked with."""
        return {"household": self.household_id, "since": self.since, "until": self.until}

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies in the period."""
        return self.since <= moment < self.until


def list_moved(session: Session, asked: Asked) -> Figures:
    """Return what was expected, earned and taken back; one statement."""
    names = ("expected_minor", "earned_minor", "taken_minor")
    return {
        Under(row[0], row[1], LinkageModel(row[2]), IncomeClass(row[3]), row[4]): dict(
            zip(names, row[5:], strict=True)
        )
        for row in session.execute(ROWS, asked.params)
    }


def list_paid(session: Session, asked: Asked) -> Figures:
    """Return what the bank paid under each contract; one statement.

    A line that paid less than it settles, because something owed was set off, is divided over
    its contracts; what it paid beyond that is for no contract and stands in no row.
    """
    lines: dict[int, list[tuple[Under, int]]] = defaultdict(list)
    amounts: dict[int, int] = {}
    for row in session.execute(SETTLED, asked.params):
        month = month_of(row[1])
        under = Under(month, row[3], LinkageModel(row[4]), IncomeClass(row[5]), row[6])
        lines[row[0]].append((under, row[7]))
        amounts[row[0]] = row[2]
    found: dict[Under, dict[str, int]] = defaultdict(lambda: {"paid_minor": 0})
    for line_id, parts in lines.items():
        paid = divide_paid(
            amounts[line_id], {under.contract_code: minor for under, minor in parts}
        )
        for under, _ in parts:
            found[under]["paid_minor"] += paid[under.contract_code]
    return found


def divide_paid(amount_minor: int, settled: Mapping[str, int]) -> Mapping[str, int]:
    """Return what of a paid line falls on each contract, never more than it settles there."""
    if sum(settled.values()) <= amount_minor:
        return settled
    return allot(amount_minor, list(settled.items()))


def join(parts: Iterable[Figures]) -> Sequence[StatementRow]:
    """Return the rows that have any figure, the newest month first, contracts by number."""
    sums: dict[Under, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for figures in parts:
        for under, minors in figures.items():
            for name, minor in minors.items():
                sums[under][name] += minor
    rows = [StatementRow(under=under, **minors) for under, minors in sums.items()]
    by_contract = sorted(rows, key=lambda row: row.contract_code.encode())
    return sorted(by_contract, key=lambda row: row.month, reverse=True)


def month_of(moment: datetime) -> date:
    """Return the first day of the month a moment falls into in Shanghai."""
    return local_date(moment).replace(day=1)
