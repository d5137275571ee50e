"""A purchase contract comes into force and pays in advance; the rest is closed at its end.

Row locks: the contract, ledger balances by account. Nothing of this is anybody's income: what
the household earns it earns with its goods, against which the advance is netted.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from households import service as households
from households.queries.advances import list_advances
from households.rules import advances as rules
from households.values import AdvanceMove, AdvanceNoted, ContractVersionId
from kernel.clock import local_date
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from workflows.covering import cover

KINDS = {
    AdvanceMove.PAID: PostingKind.ADVANCE_PAID,
    AdvanceMove.RETURNED: PostingKind.ADVANCE_RETURNED,
    AdvanceMove.WAIVED: PostingKind.ADVANCE_WAIVED,
}


def activate(
    session: Session, version_id: ContractVersionId, *, actor: str, at: datetime
) -> AdvanceNoted | None:
    """Bring a draft into force; what a first version pays in advance is owed at once.

    Activating again pays nothing again. What the household owes back from before is set off.
    """
    households.activate_version(session, version_id, at=at)
    noted = households.note_advance(session, version_id, actor=actor, at=at)
    if noted is None:
        return None
    entry = _entry(noted, at)
    set_off = ledger.recovery_entry(
        session,
        entry.lines,
        key=f"{entry.key}:set-off",
        source=entry.source,
        effective_at=at,
    )
    ledger.post_many(session, [entry, *([set_off] if set_off else [])])
    return noted


def close(
    session: Session,
    contract_code: str,
    move: AdvanceMove,
    reason: str,
    *,
    actor: str,
    at: datetime,
) -> AdvanceNoted:
    """Claim back or waive what no goods came for under a contract that has ended.

    Claimed back it is taken from what the household is owed now, the rest from what it earns
    next; waived it is taken from the payer in the same way. Raises the refusals of
    `households.service.note_closing`.
    """
    households.lock_purchases(session, [contract_code])
    noted = households.note_closing(
        session,
        contract_code,
        move,
        sum(one.open_minor for one in list_advances(session, contract_code=contract_code)),
        reason,
        actor=actor,
        today=local_date(at),
        at=at,
    )
    ledger.post_many(session, cover(session, [_entry(noted, at)]))
    return noted


def _entry(noted: AdvanceNoted, at: datetime) -> Entry:
    household = f"L:payable:hh:{noted.household_id}"
    payable, minor = {
        AdvanceMove.PAID: (household, -noted.minor),
        AdvanceMove.RETURNED: (household, noted.minor),
        AdvanceMove.WAIVED: (f"L:payable:coop:{noted.organisation_code}", noted.minor),
    }[noted.move]
    return Entry(
        book=Book.MONEY,
        key=posting_key(noted),
        kind=KINDS[noted.move],
        effective_at=at,
        source=f"contract:{noted.contract_code}",
        lines=[
            Line(payable, minor),
            Line(rules.account_of(noted.household_id, noted.contract_code), -minor),
        ],
    )


def posting_key(noted: AdvanceNoted) -> str:
    """Return the key of a move: one payment a contract, and each later decision by number."""
    if noted.move is AdvanceMove.PAID:
        return f"advance:{noted.contract_code}:paid"
    return f"advance:{noted.contract_code}:{noted.number}:{noted.move}"
