"""One household's year: gross, recognised, net of declared cost, paid, and the ledger.

Each figure stands by month, contract and class of income; none is added to another.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from households.models import ContractAdvance, HouseholdBaseline, LinkageContract
from households.values import AdvanceMove, IncomeClass
from kernel.clock import at_local_midnight
from kernel.money import round_half_up
from kernel.rows import fill_all
from ledger import queries as ledger_queries
from payments.models import SettlementLine
from payments.values import LineState
from reporting.statements import household_gross
from reporting.statements.household_rows import (
    Asked,
    StatementRow,
    join,
    list_moved,
    list_paid,
    month_of,
)

LEFT_THE_BOOKS = (LineState.INFLIGHT, LineState.PAID)
"""Lines whose money no longer stands on the payee's account."""

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
    SELECT CAST(coalesce(sum(amount_minor - reversed_minor), 0) AS bigint) FROM entitlements
    WHERE household_id = :household AND earned_at IS NOT NULL
    """
)

YEARS = text(
    """
    SELECT DISTINCT CAST(extract(year FROM moved.at AT TIME ZONE 'Asia/Shanghai') AS integer)
    FROM (
        SELECT coalesce(earned_at, expected_at) AS at FROM entitlements
        WHERE household_id = :household
        UNION ALL
        SELECT back.at FROM entitlement_reversals back
        JOIN entitlements part ON part.id = back.entitlement_id
        WHERE part.household_id = :household
        UNION ALL
        SELECT paid_at FROM settlement_lines
        WHERE household_id = :household AND paid_at IS NOT NULL
    ) AS moved ORDER BY 1 DESC
    """
)


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
class Flow:
    """The four figures that follow one another and are never added together, in fen."""

    gross_minor: int
    recognised_minor: int
    cost_minor: int | None
    """The declared cost of what is recognised; None where no rate is known."""
    paid_minor: int

    @property
    def net_minor(self) -> int | None:
        """Return what is left after the declared cost."""
        return None if self.cost_minor is None else self.recognised_minor - self.cost_minor


def flow_of(rows: Iterable[StatementRow], paid_minor: int | None = None) -> Flow:
    """Return the four figures of some rows; `paid_minor` where the bank paid more than they."""
    kept = list(rows)
    costs = [row.cost_minor for row in kept if row.cost_minor is not None]
    return Flow(
        gross_minor=sum(row.gross_minor for row in kept),
        recognised_minor=sum(row.recognised_minor for row in kept),
        cost_minor=sum(costs) if len(costs) == len(kept) else None,
        paid_minor=sum(row.paid_minor for row in kept) if paid_minor is None else paid_minor,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdYear:
    """One household's statement of one calendar year."""

    household_id: str
    year: int
    rows: Sequence[StatementRow]
    paid: Sequence[PaidRow]
    declared: DeclaredCost | None
    reckoning: Reckoning
    years: Sequence[int]
    """The years with anything in them, the newest first."""

    @property
    def months(self) -> Sequence[date]:
        """Return the months with anything in them, the newest first."""
        return sorted(
            {row.month for row in self.rows} | {month_of(row.paid_at) for row in self.paid},
            reverse=True,
        )

    @property
    def expected_minor(self) -> int:
        """Return what is still expected of this year's sales; it is no income yet."""
        return sum(row.expected_minor for row in self.rows)

    @property
    def paid_minor(self) -> int:
        """Return what the bank has confirmed in the year."""
        return sum(row.minor for row in self.paid)

    @property
    def gross_minor(self) -> int:
        """Return the gross of the year."""
        return self.whole.gross_minor

    @property
    def recognised_minor(self) -> int:
        """Return the income of the year."""
        return self.whole.recognised_minor

    @property
    def cost_minor(self) -> int | None:
        """Return the declared cost in the year's operating income, month by month."""
        return self.whole.cost_minor

    @property
    def net_minor(self) -> int | None:
        """Return the net income of the year; None while no cost was declared."""
        return self.whole.net_minor

    @property
    def whole(self) -> Flow:
        """Return the four figures of the year."""
        return flow_of(self.rows, self.paid_minor)

    def of_class(self, income_class: IncomeClass) -> Flow:
        """Return the four figures of one class of income in the year."""
        return flow_of(row for row in self.rows if row.income_class == income_class)

    def of_month(self, month: date) -> Sequence[StatementRow]:
        """Return the rows of one month."""
        return [row for row in self.rows if row.month == month]

    def in_month(self, month: date) -> Flow:
        """Return the four figures of one month; paid is all the bank confirmed in it."""
        paid = sum(row.minor for row in self.paid if month_of(row.paid_at) == month)
        return flow_of(self.of_month(month), paid)

    def paid_besides(self, month: date | None = None) -> int:
        """Return what the bank confirmed for no contract's income: deposits, late returns."""
        whole = self.whole if month is None else self.in_month(month)
        rows = self.rows if month is None else self.of_month(month)
        return whole.paid_minor - sum(row.paid_minor for row in rows)


def read(session: Session, household_id: str, year: int) -> HouseholdYear:
    """Return a household's statement of a calendar year; twelve statements."""
    period = {
        "since": at_local_midnight(date(year, 1, 1)),
        "until": at_local_midnight(date(year + 1, 1, 1)),
    }
    asked = Asked(household_id, period["since"], period["until"])
    rows = join(
        [
            list_moved(session, asked),
            *household_gross.list_gross(session, asked),
            list_paid(session, asked),
        ]
    )
    declared = find_declared(session, household_id, year)
    recognised = session.execute(RECOGNISED, {"household": household_id}).scalar_one()
    return HouseholdYear(
        household_id=household_id,
        year=year,
        rows=with_costs(rows, declared),
        paid=_paid(session, household_id, period),
        declared=declared,
        reckoning=_reckoning(session, household_id, recognised),
        years=session.scalars(YEARS, {"household": household_id}).all(),
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
        .order_by(HouseholdBaseline.year.desc(), HouseholdBaseline.recorded_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else DeclaredCost(*row)


def with_costs(
    rows: Sequence[StatementRow], declared: DeclaredCost | None
) -> Sequence[StatementRow]:
    """Return the rows with the declared cost of each month's operating income in them.

    The cost is rounded once for a month; each contract bears what it adds to that.
    """
    sums: dict[date, int] = defaultdict(int)
    told = []
    for row in rows:
        if row.income_class != IncomeClass.OPERATING or row.recognised_minor == 0:
            told.append(row)
            continue
        before = sums[row.month]
        sums[row.month] += row.recognised_minor
        told.append(replace(row, cost_minor=_added(declared, before, sums[row.month])))
    return told


def _added(declared: DeclaredCost | None, before_minor: int, after_minor: int) -> int | None:
    """Return by how much the cost rises between two sums; None where no rate is known."""
    if declared is None:
        return None
    before, after = declared.of(before_minor), declared.of(after_minor)
    return None if before is None or after is None else after - before


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
