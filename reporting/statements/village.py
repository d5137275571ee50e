"""A village collective's year: its own money, the funds it holds, and the yearly line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from households.values import PartyKind
from kernel import policy
from kernel.clock import at_local_midnight
from ledger import queries as ledger_queries
from reporting.statements import accounts
from reporting.statements.accounts import AccountYear, Party

PARAM_TARGET = "village_income_target"

# Whose money a year's earnings are: the village's own share, a fund it holds for households, or
# what a collective of the village earned as a seller.
SOURCES = text(
    """
    SELECT CASE WHEN moved.party_kind = 'cooperative' THEN 'seller'
            WHEN moved.party_code = :village THEN 'own' ELSE 'funds' END AS source,
        CAST(sum(moved.minor) AS bigint) AS minor
    FROM (
        SELECT party_kind, party_code, earned_at AS at, amount_minor AS minor
        FROM entitlements WHERE earned_at IS NOT NULL
        UNION ALL
        SELECT part.party_kind, part.party_code, greatest(back.at, part.earned_at), -back.minor
        FROM entitlement_reversals back JOIN entitlements part ON part.id = back.entitlement_id
        WHERE part.earned_at IS NOT NULL
    ) AS moved
    LEFT JOIN organisations seller ON seller.code = moved.party_code
        AND moved.party_kind = 'cooperative'
    WHERE moved.at >= :since AND moved.at < :until AND (
        (moved.party_kind = 'village'
            AND (moved.party_code = :village OR moved.party_code LIKE :funds))
        OR (seller.kind = 'village_collective' AND seller.village_code = :village))
    GROUP BY source
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageYear:
    """One village's statement of one calendar year, in fen."""

    village_code: str
    told: AccountYear
    """The accounts of the village with all its funds."""
    own_minor: int
    """The village's own shares of the year."""
    seller_minor: int
    """What its collective earned as a seller; it stands on the seller's own account."""
    funds_minor: int
    """What came into funds the village holds; it is not the collective's income."""
    balances: Sequence[tuple[str, int]]
    """Fund, empty for the village itself, and what the ledger owes it now."""
    target_minor: int | None
    """The yearly line in force in that year; None where none is."""

    @property
    def income_minor(self) -> int:
        """Return what counts towards the line: own shares and own sales."""
        return self.own_minor + self.seller_minor

    @property
    def has_reached_target(self) -> bool:
        """Say whether the line is reached."""
        return self.target_minor is not None and self.income_minor >= self.target_minor


def read(session: Session, village_code: str, year: int) -> VillageYear:
    """Return a village's statement of a calendar year; six statements."""
    rows = session.execute(
        SOURCES,
        {
            "village": village_code,
            "funds": f"{village_code}.%",
            "since": at_local_midnight(date(year, 1, 1)),
            "until": at_local_midnight(date(year + 1, 1, 1)),
        },
    )
    minors: Mapping[str, int] = {row.source: row.minor for row in rows}
    targets = policy.list_in_force(session, [PARAM_TARGET], on=date(year, 12, 31))
    target = targets.get(PARAM_TARGET)
    return VillageYear(
        village_code=village_code,
        told=accounts.read(session, Party(PartyKind.VILLAGE, village_code), year),
        own_minor=minors.get("own", 0),
        seller_minor=minors.get("seller", 0),
        funds_minor=minors.get("funds", 0),
        balances=_balances(session, village_code),
        target_minor=None if target is None else int(target),
    )


def _balances(session: Session, village_code: str) -> Sequence[tuple[str, int]]:
    codes = session.scalars(
        text(
            "SELECT code FROM ledger_accounts WHERE code = :own OR code LIKE :funds"
            ' ORDER BY code COLLATE "C"'
        ),
        {
            "own": f"L:payable:village:{village_code}",
            "funds": f"L:payable:village:{village_code}.%",
        },
    ).all()
    found = ledger_queries.list_balances(session, codes)
    return [
        (code.removeprefix(f"L:payable:village:{village_code}").removeprefix("."), -minor)
        for code, minor in sorted(found.items())
    ]
