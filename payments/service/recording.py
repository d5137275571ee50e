"""Record to which bank account a payee is paid, and look after what the bank returned."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId
from kernel.errors import ConflictError, InvalidError
from payments.models import PayoutAccount, SettlementLine
from payments.rules import settlements as rules
from payments.values import LineState


def record_account(
    session: Session, owner: str, holder: str, number: str, *, by: int | None, at: datetime
) -> None:
    """Record a payee's account, sealed; replaces the one before.

    A household's number goes to its identity, whose name is the holder's. Raises
    `InvalidError` for a number or holder no bank could take.
    """
    plain = rules.plain_number(number)
    if plain is None:
        raise InvalidError("payout_account_unreadable", "8 to 32 digits are needed")
    household_id = rules.household_of(owner)
    if household_id is not None:
        households.replace_bank_account(session, HouseholdId(household_id), plain)
        return
    name = rules.plain_holder(holder)
    if name is None:
        raise InvalidError("payout_holder_unreadable", "the holder cannot stand in a bank file")
    record_accounts(session, {rules.account_owner(owner): (name, plain)}, by=by, at=at)


def record_accounts(
    session: Session,
    accounts: Mapping[str, tuple[str, str]],
    *,
    by: int | None,
    at: datetime,
) -> None:
    """Record holder and number of several organisations and villages with one statement."""
    if not accounts:
        return
    statement = insert(PayoutAccount).values(
        [
            {
                "owner": owner,
                "holder": holder,
                "number": number,
                "recorded_by": by,
                "recorded_at": at,
            }
            for owner, (holder, number) in accounts.items()
        ]
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[PayoutAccount.owner],
            set_={
                name: statement.excluded[name]
                for name in ("holder", "number", "recorded_by", "recorded_at")
            },
        )
    )


def clear_returned(session: Session, owner: str, *, by: int, at: datetime) -> int:
    """Note that somebody looked after the account of a payee whose money came back.

    From now on the next settlement pays it again. Raises `ConflictError` when nothing waits.
    """
    waiting = session.scalars(
        select(SettlementLine.id)
        .where(
            SettlementLine.owner == owner,
            SettlementLine.state == LineState.RETURNED,
            SettlementLine.cleared_at.is_(None),
        )
        .order_by(SettlementLine.id)
        .with_for_update()
    ).all()
    if not waiting:
        raise ConflictError("payout_nothing_returned", "no returned payment waits for this")
    session.execute(
        update(SettlementLine)
        .where(SettlementLine.id.in_(waiting))
        .values(cleared_at=at, cleared_by=by)
    )
    return len(waiting)
