"""One household's year: expected, recognised, net of declared cost, paid, and the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from households.models import ContractAdvance, HouseholdBaseline, LinkageContract
from households.values import AdvanceMove, IncomeClass, LinkageModel
from kernel.clock import at_local_midnight
from kernel.money import round_half_up
from kernel.rows import fill_all
from ledger import queries as ledger_queries
from payments.models import SettlementLine
from payments.values import LineState

LEFT_THE_BOOKS = (LineState.INFLIGHT, LineState.PAID)
"""Lines whose money no longer stands on the payee's account."""

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
    ORDER BY month DESC, contract.code
    """
)

# What the bank paid, and below zero what it returned after that; each on its own day.
PAID = text(
    """
    SELECT period.code, moved.at, CAST(moved.minor AS bigint), moved.payee_kind = 'wage'
    FROM (
        SELECT line.id, line.period_id, line.paid_at AS at, line.amount_minor AS minor,
            line.payee_kind
        FROM settlement_lines line
        WHERE line.household_id = :household AND line.state IN ('paid', 'returned', 'reissued')
        UNION ALL
        SELECT line.id, line.period_id, late.at, -line.amount_minor, line.payee_kind
        FROM settlement_lines line JOIN payout_late_returns late ON late.line_id = line.id
        WHERE line.household_id = :household
    ) AS moved
    JOIN settlement_periods period ON period.id = moved.period_id
    WHERE moved.at >= :since AND moved.at < :until
    ORDER BY moved.at DESC, moved.id DESC, moved.minor
    """
)

RECOGNISED = text(
    """
    SELECT CAST(coalesce(sum(amount_minor - reversed_minor), 0) AS bigint),
        min(expected_at) FROM entitlements
    WHERE household_id = :household AND earned_at IS NOT NULL
    """
)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One month under one contract, in fen."""

    month: date
    contract_code: str
    model: LinkageModel
    income_class: IncomeClass
    payer_name: str
    expected_minor: int
    earned_minor: int
    taken_minor: int
    """What refunds took back in this month."""

    @property
    def recognised_minor(self) -> int:
        """Return the income of the month: earned less taken back."""
        return self.earned_minor - self.taken_minor


@dataclass(frozen=True, slots=True)
class PaidRow:
    """One payment the bank has confirmed."""

    period_code: str
    paid_at: datetime
    minor: int
    is_wage: bool


@dataclass(frozen=True, slots=True)
class DeclaredCost:
    """What of operating income the register says is cost: the latest year declared so far."""

    year: int
    cost_minor: int
    gross_minor: int

    def of(self, operating_minor: int) -> int | None:
        """Return the cost in an operating income; None where no rate can be told."""
        if operating_minor == 0:
            return 0
        if self.gross_minor == 0:
            return None
        return round_half_up(Fraction(operating_minor * self.cost_minor, self.gross_minor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """The statement over all years against the household's accounts now, in fen."""

    recognised_minor: int
    """Everything earned less everything taken back."""
    sent_minor: int
    """Everything settlements took off the accounts, in flight or paid."""
    payable_minor: int
    """What the ledger owes the household: sales, allotments and wages."""
    recoverable_minor: int
    """What the household owes back."""
    advance_minor: int
    """What it was paid in advance and no goods came for yet; no income."""
    waived_minor: int
    """What it was paid in advance and keeps without goods; no income of these contracts."""

    @property
    def ledger_minor(self) -> int:
        """Return what the ledger says is left to be paid."""
        return self.payable_minor - self.recoverable_minor

    @property
    def difference_minor(self) -> int:
        """Return by how much statement and ledger differ; zero when they agree."""
        return self.recognised_minor + self.unearned_minor - self.sent_minor - self.ledger_minor

    @property
    def unearned_minor(self) -> int:
        """Return what the household was paid, or is to be paid, without having earned it."""
        return self.advance_minor + self.waived_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdYear:
    """One household's statement of one calendar year."""

    household_id: str
    year: int
    rows: Sequence[StatementRow]
    paid: Sequence[PaidRow]
    declared: DeclaredCost | None
    reckoning: Reckoning
    first_year: int
    """The year of the first entitlement."""

    @property
    def months(self) -> Sequence[date]:
        """Return the months with anything in them, the newest first."""
        return sorted({row.month for row in self.rows}, reverse=True)

    @property
    def expected_minor(self) -> int:
        """Return what is still expected of this year's sales; it is no income yet."""
        return sum(row.expected_minor for row in self.rows)

    @property
    def recognised_minor(self) -> int:
        """Return the income of the year."""
        return sum(row.recognised_minor for row in self.rows)

    @property
    def paid_minor(self) -> int:
        """Return what the bank has confirmed in the year."""
        return sum(row.minor for row in self.paid)

    def of_class(self, income_class: IncomeClass) -> int:
        """Return the income of the year in one class."""
        return sum(
            row.recognised_minor for row in self.rows if row.income_class == income_class
        )

    def of_month(self, month: date) -> Sequence[StatementRow]:
        """Return the rows of one month."""
        return [row for row in self.rows if row.month == month]

    @property
    def cost_minor(self) -> int | None:
        """Return the declared cost in the year's operating income, month by month."""
        costs = [self.cost_of(month) for month in self.months]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None

    def cost_of(self, month: date) -> int | None:
        """Return the declared cost in one month's operating income; None where unknown."""
        operating = sum(
            row.recognised_minor
            for row in self.of_month(month)
            if row.income_class == IncomeClass.OPERATING
        )
        if self.declared is None:
            return 0 if operating == 0 else None
        return self.declared.of(operating)

    @property
    def net_minor(self) -> int | None:
        """Return the net income of the year; None while no cost was declared."""
        cost = self.cost_minor
        return None if cost is None else self.recognised_minor - cost


def read(session: Session, household_id: str, year: int) -> HouseholdYear:
    """Return a household's statement of a calendar year; seven statements."""
    period = {
        "since": at_local_midnight(date(year, 1, 1)),
        "until": at_local_midnight(date(year + 1, 1, 1)),
    }
    rows = [
        StatementRow(row[0], row[1], LinkageModel(row[2]), IncomeClass(row[3]), *row[4:])
        for row in session.execute(ROWS, {"household": household_id, **period})
    ]
    recognised, first = session.execute(RECOGNISED, {"household": household_id}).one()
    return HouseholdYear(
        household_id=household_id,
        year=year,
        rows=rows,
        paid=_paid(session, household_id, period),
        declared=find_declared(session, household_id, year),
        reckoning=_reckoning(session, household_id, recognised),
        first_year=first.year if first else year,
    )


def find_declared(session: Session, household_id: str, year: int) -> DeclaredCost | None:
    """Return the declared cost that holds for a year: the latest declared up to it."""
    row = session.execute(
        select(
            HouseholdBaseline.year,
            HouseholdBaseline.operating_cost_minor,
            HouseholdBaseline.operating_gross_minor,
        )
        .where(HouseholdBaseline.household_id == household_id, HouseholdBaseline.year <= year)
        .order_by(HouseholdBaseline.year.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else DeclaredCost(*row)


def _paid(
    session: Session, household_id: str, period: dict[str, datetime]
) -> Sequence[PaidRow]:
    return fill_all(PaidRow, session.execute(PAID, {"household": household_id, **period}))


def _reckoning(session: Session, household_id: str, recognised_minor: int) -> Reckoning:
    sent = session.scalar(
        select(func.coalesce(func.sum(SettlementLine.amount_minor), 0)).where(
            SettlementLine.household_id == household_id,
            SettlementLine.state.in_(LEFT_THE_BOOKS),
        )
    )
    waived = session.scalar(
        select(func.sum(ContractAdvance.minor))
        .join(LinkageContract, LinkageContract.id == ContractAdvance.contract_id)
        .where(
            LinkageContract.household_id == household_id,
            ContractAdvance.move == AdvanceMove.WAIVED,
        )
    )
    balances = ledger_queries.list_owner_balances(session, f"hh:{household_id}")
    return Reckoning(
        recognised_minor=recognised_minor,
        sent_minor=int(sent or 0),
        payable_minor=-sum(minor for code, minor in balances.items() if code.startswith("L:")),
        recoverable_minor=sum(
            minor for code, minor in balances.items() if code.startswith("A:recover:")
        ),
        advance_minor=sum(
            minor for code, minor in balances.items() if code.startswith("A:advance:")
        ),
        waived_minor=int(waived or 0),
    )
