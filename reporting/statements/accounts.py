"""The accounts of one party over a year: what it earned and what moved, month by month.

A cooperative, a village with its funds, or a carrier. The ledger tells what moved;
entitlements, deliveries, purchases and settlements tell what should have; `Reckoning` compares
the two over all years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from households.values import LinkageModel, PartyKind
from kernel.clock import at_local_midnight, next_month

OWNER_PREFIX: Mapping[PartyKind, str] = MappingProxyType(
    {
        PartyKind.COOPERATIVE: "coop",
        PartyKind.VILLAGE: "village",
        PartyKind.LOGISTICS: "logistics",
    }
)

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "line_earned": "earned",
        "terms_line_earned": "earned",
        "shipping_earned": "earned",
        "goods_received": "earned",
        "allotted": "earned",
        "refund_earned": "taken",
        "receipt_taken_back": "taken",
        "own_line_earned": "goods",
        "goods_written_off": "goods",
        "allotted_out": "given",
        "settlement_approved": "sent",
        "settlement_cancelled": "sent",
        "payout_returned": "sent",
    }
)
"""Kind of posting → column; whatever is in none of them stands under `other`."""

COLUMNS = ("earned", "taken", "goods", "given", "other", "sent")

# Whoever pays an allotment is debited by it and credited by its reversal; whoever receives a
# share the other way round. Setting off a claim moves nothing in the sum of the accounts.
MOVEMENTS = text(
    """
    SELECT CAST(date_trunc('month', moved.effective_at AT TIME ZONE 'Asia/Shanghai') AS date)
            AS month, moved.kind, CAST(sum(moved.minor) AS bigint) AS minor
    FROM (
        SELECT tx.effective_at, -entry.amount_minor AS minor,
            CASE WHEN tx.kind <> 'period_allotted' THEN tx.kind
                WHEN (entry.amount_minor < 0) = (tx.posting_key NOT LIKE '%\\:reversal')
                THEN 'allotted' ELSE 'allotted_out' END AS kind
        FROM ledger_entries entry
        JOIN ledger_accounts account ON account.id = entry.account_id
        JOIN ledger_txs tx ON tx.id = entry.tx_id
        WHERE (account.owner = :owner OR account.owner LIKE :funds)
            AND account.book = 'CNY' AND tx.kind <> 'recovery_set_off'
    ) AS moved
    GROUP BY month, moved.kind ORDER BY month, moved.kind
    """
)

EARNED = text(
    """
    SELECT CAST(date_trunc('month', moved.at AT TIME ZONE 'Asia/Shanghai') AS date) AS month,
        contract.code, contract.model_code, moved.party_kind,
        CAST(count(DISTINCT moved.household_id) AS integer) AS households,
        CAST(sum(moved.earned) AS bigint) AS earned, CAST(sum(moved.taken) AS bigint) AS taken
    FROM (
        SELECT part.*, part.earned_at AS at, part.amount_minor AS earned, 0 AS taken
        FROM entitlements part WHERE part.earned_at IS NOT NULL
        UNION ALL
        SELECT part.*, greatest(back.at, part.earned_at), 0, back.minor
        FROM entitlement_reversals back JOIN entitlements part ON part.id = back.entitlement_id
        WHERE part.earned_at IS NOT NULL
    ) AS moved
    JOIN contract_versions version ON version.id = moved.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    WHERE moved.at >= :since AND moved.at < :until
        AND (:payer = '' OR contract.organisation_code = :payer)
        AND (:kind = '' OR moved.party_kind = :kind)
        AND (:code = '' OR moved.party_code = :code OR moved.party_code LIKE :funds)
    GROUP BY month, contract.code, contract.model_code, moved.party_kind
    ORDER BY month DESC, contract.code, moved.party_kind
    """
)

# What should stand on the accounts, out of everything but the ledger.
SHOULD = text(
    """
    SELECT CAST(coalesce((
            SELECT sum(amount_minor - reversed_minor) FROM entitlements
            WHERE party_kind = :kind AND earned_at IS NOT NULL
                AND (party_code = :code OR party_code LIKE :funds)), 0)
        + coalesce((
            SELECT sum(shipping_minor - shipping_refunded_minor) FROM seller_orders
            WHERE :kind = 'logistics' AND carrier_code = :code AND state = 'delivered'), 0)
        + coalesce((
            SELECT sum(CASE WHEN slip.reverses_id IS NULL THEN 1 ELSE -1 END
                * slip.withheld_minor)
            FROM goods_receipts slip
            JOIN contract_versions version ON version.id = slip.contract_version_id
            JOIN linkage_contracts contract ON contract.id = version.contract_id
            WHERE :kind = 'cooperative' AND contract.organisation_code = :code), 0)
        - coalesce((
            SELECT sum(issue.cost_minor) FROM goods_issues issue
            JOIN lots lot ON lot.id = issue.lot_id
            WHERE :kind = 'cooperative' AND lot.seller_code = :code), 0) AS bigint) AS earned,
        CAST(coalesce((
            SELECT sum(amount_minor) FROM settlement_lines
            WHERE (owner = :owner OR owner LIKE :owner_funds)
                AND state IN ('inflight', 'paid')), 0) AS bigint) AS sent
    """
)

PARTS = text(
    """
    SELECT part.id, part.household_id, lot.code, part.stage, part.amount_minor,
        part.reversed_minor, coalesce(part.earned_at, part.expected_at)
    FROM entitlements part
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    LEFT JOIN lots lot ON lot.id = part.lot_id
    WHERE contract.organisation_code = :payer AND contract.code = :contract
        AND part.household_id IS NOT NULL AND part.earned_at >= :since
        AND part.earned_at < :until AND part.id > :after
    ORDER BY part.id LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Party:
    """Whose accounts are read; a village includes the funds it holds."""

    kind: PartyKind
    code: str

    @property
    def owner(self) -> str:
        """Return under which owner the ledger keeps its accounts."""
        return f"{OWNER_PREFIX[self.kind]}:{self.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMonth:
    """One month of the accounts: fen by column, and the balance at its end."""

    month: date
    minors: Mapping[str, int]
    balance_minor: int


@dataclass(frozen=True, slots=True)
class EarnedRow:
    """What one kind of party earned in one month under one contract."""

    month: date
    contract_code: str
    model: LinkageModel
    party_kind: PartyKind
    households: int
    earned_minor: int
    taken_minor: int

    @property
    def net_minor(self) -> int:
        """Return what is left after what was taken back in the month."""
        return self.earned_minor - self.taken_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What should stand on the accounts against what the ledger says, over all years."""

    earned_minor: int
    """Entitlements, shipping and inputs kept back, less the cost of own goods."""
    other_minor: int
    """What the party gave by resolution or paid in; the ledger's word alone."""
    sent_minor: int
    """Settlements in flight or paid."""
    ledger_minor: int

    @property
    def should_minor(self) -> int:
        """Return what should be left."""
        return self.earned_minor + self.other_minor - self.sent_minor

    @property
    def difference_minor(self) -> int:
        """Return ledger against statement; zero when they agree."""
        return self.should_minor - self.ledger_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountYear:
    """One party's statement of one calendar year."""

    party: Party
    year: int
    opening_minor: int
    months: Sequence[AccountMonth]
    earned: Sequence[EarnedRow]
    reckoning: Reckoning
    years: Sequence[int]
    """The years in which anything moved."""

    @property
    def closing_minor(self) -> int:
        """Return the balance at the end of the year, or now."""
        return self.months[-1].balance_minor if self.months else self.opening_minor

    def total(self, column: str) -> int:
        """Return the year's sum of one column."""
        return sum(month.minors[column] for month in self.months)


@dataclass(frozen=True, slots=True)
class HouseholdPart:
    """One household's entitlement as its payer sees it: a number, never a name."""

    entitlement_id: int
    household_id: str
    lot_code: str | None
    stage: str
    amount_minor: int
    reversed_minor: int
    at: datetime


def read(session: Session, party: Party, year: int) -> AccountYear:
    """Return a party's statement of a calendar year; three statements."""
    moved = session.execute(MOVEMENTS, _owner(party)).all()
    should = session.execute(SHOULD, _codes(party)).one()
    before = sum(row.minor for row in moved if row.month.year < year)
    other = {"given", "other"}
    return AccountYear(
        party=party,
        year=year,
        opening_minor=before,
        months=_months(before, [row for row in moved if row.month.year == year]),
        earned=list_earned(session, year, party=party),
        reckoning=Reckoning(
            earned_minor=should.earned,
            other_minor=sum(row.minor for row in moved if column_of(row.kind) in other),
            sent_minor=should.sent,
            ledger_minor=sum(row.minor for row in moved),
        ),
        years=sorted({row.month.year for row in moved}),
    )


def list_earned(
    session: Session, year: int, *, party: Party | None = None, payer: str = ""
) -> Sequence[EarnedRow]:
    """Return what a party earned, or what all earned under one payer's contracts."""
    asked = {
        "since": at_local_midnight(date(year, 1, 1)),
        "until": at_local_midnight(date(year + 1, 1, 1)),
        "payer": payer,
        "kind": party.kind.value if party else "",
        "code": party.code if party else "",
        "funds": f"{party.code}.%" if party and party.kind is PartyKind.VILLAGE else "",
    }
    return [
        EarnedRow(row[0], row[1], LinkageModel(row[2]), PartyKind(row[3]), *row[4:])
        for row in session.execute(EARNED, asked)
    ]


def list_parts(
    session: Session, payer: str, contract_code: str, month: date, *, after: int, limit: int
) -> Sequence[HouseholdPart]:
    """Return the households' entitlements behind one month of one contract, by number."""
    rows = session.execute(
        PARTS,
        {
            "payer": payer,
            "contract": contract_code,
            "since": at_local_midnight(month),
            "until": at_local_midnight(next_month(month)),
            "after": after,
            "limit": limit,
        },
    )
    return [HouseholdPart(*row) for row in rows]


def column_of(kind: str) -> str:
    """Return the column a kind of posting stands in."""
    return GROUPS.get(kind, "other")


def _owner(party: Party) -> dict[str, str]:
    funds = f"{party.owner}.%" if party.kind is PartyKind.VILLAGE else ""
    return {"owner": party.owner, "funds": funds}


def _codes(party: Party) -> dict[str, str]:
    is_village = party.kind is PartyKind.VILLAGE
    return {
        "kind": party.kind.value,
        "code": party.code,
        "funds": f"{party.code}.%" if is_village else "",
        "owner": party.owner,
        "owner_funds": f"{party.owner}.%" if is_village else "",
    }


def _months(opening_minor: int, moved: Sequence[Row[Any]]) -> Sequence[AccountMonth]:
    by_month: dict[date, dict[str, int]] = {}
    for row in moved:
        minors = by_month.setdefault(row.month, dict.fromkeys(COLUMNS, 0))
        minors[column_of(row.kind)] += row.minor
    months = []
    balance = opening_minor
    for month, minors in sorted(by_month.items()):
        balance += sum(minors.values())
        months.append(AccountMonth(month=month, minors=minors, balance_minor=balance))
    return months
