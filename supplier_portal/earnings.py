"""What a seller may expect, has earned, and is owed, in fen."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from households.queries import stages
from households.values import PartyKind
from ledger import queries as ledger_queries


@dataclass(frozen=True, slots=True)
class Earnings:
    """The three sums that must never be added together."""

    expected_minor: int
    """From paid orders that are not delivered yet."""
    earned_minor: int
    """From delivered orders, net of refunds, since the beginning."""
    payable_minor: int
    """What the ledger owes the seller now."""


def payable_account(seller_code: str) -> str:
    """Return the ledger account of what a seller is owed."""
    return f"L:payable:coop:{seller_code}"


def earnings_of(session: Session, seller_code: str) -> Earnings:
    """Return a seller's three sums; two statements."""
    sums = stages.sum_by_stage(session, PartyKind.COOPERATIVE, seller_code)
    account = payable_account(seller_code)
    balances = ledger_queries.list_balances(session, [account])
    return Earnings(
        expected_minor=sums.expected_minor,
        earned_minor=sums.earned_minor,
        payable_minor=-balances.get(account, 0),
    )
