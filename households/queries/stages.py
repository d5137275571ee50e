"""Read how far the entitlements of one party have come."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from households.models import Entitlement
from households.values import PartyKind, Stage


@dataclass(frozen=True, slots=True)
class StageSums:
    """What a party expects and what it has earned, net of refunds, in fen."""

    expected_minor: int
    earned_minor: int


def sum_by_stage(session: Session, kind: PartyKind, party_code: str) -> StageSums:
    """Return a party's two sums in one statement; they are never added together."""
    rest = Entitlement.amount_minor - Entitlement.reversed_minor
    row = session.execute(
        select(
            func.coalesce(func.sum(rest).filter(Entitlement.stage == Stage.EXPECTED), 0),
            func.coalesce(func.sum(rest).filter(Entitlement.stage == Stage.EARNED), 0),
        ).where(Entitlement.party_kind == kind, Entitlement.party_code == party_code)
    ).one()
    return StageSums(int(row[0]), int(row[1]))
