"""An order is paid by bank transfer: it waits with a code, statements come, money is matched.

Money of a statement stands on `L:unapplied:BR<row>` until it is decided upon (B1). Matched to
an order it stands on `L:unapplied:bank-<group>` (B2); once the group's total is there, it pays
the group as any other payment does. Row locks: statement row, payment, order group, lots by id,
ledger balances. The two unapplied accounts are touched only behind the first three locks, so
that it does no harm to lock them before the lots.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel import outbox, policy
from kernel.clock import at_local_midnight, local_date
from kernel.errors import ConflictError, InvalidError
from kernel.money import CURRENCY
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import queries as order_queries
from orders import service as orders
from orders.values import GroupHead, GroupState
from payments.events import TransferChosen
from payments.queries import terms as term_queries
from payments.queries import transfers as transfer_queries
from payments.rules import transfers as rules
from payments.rules.transfers import ReadStatement
from payments.service import transfers
from payments.service.transfers import Taken
from payments.values import Capture, Provider
from payments.values.transfers import Decider, LockedRequest, LockedRow, StatementRow
from workflows import order_paid, pricing, terms
from workflows.order_paid import custody_of_transfer

BANK = "A:bank:main"
HOLD_DAYS, PERSONS = "bank_transfer_hold_days", "bank_transfer_persons"
BY_CODE = Decider("task:bank", "match_code")


def may_choose(session: Session, organisation_code: str | None, *, at: datetime) -> bool:
    """Say whether a buyer may pay by bank transfer: organisations, and persons if allowed."""
    on = local_date(at)
    if transfer_queries.find_account(session, on=on) is None:
        return False
    said = policy.list_in_force(session, [PERSONS, HOLD_DAYS], on=on)
    return HOLD_DAYS in said and (organisation_code is not None or bool(said.get(PERSONS)))


def choose(session: Session, group_number: str, *, actor: str, at: datetime) -> str:
    """Let a group wait for a bank transfer and return its match code.

    Its goods are held for the days in force. Raises `ConflictError` when it does not wait for a
    payment any more, or its buyer may not pay this way.
    """
    group = orders.lock_group(session, group_number)
    if group.state is GroupState.AWAITING_BANK:
        found = transfer_queries.find_transfer(session, group_number)
        if found is not None:
            return found.code
    if group.state is not GroupState.PENDING_PAYMENT:
        raise ConflictError(
            "order_closed", f"{group_number} waits for nothing", number=group_number
        )
    if not may_choose(session, group.buyer_organisation_code, at=at):
        raise ConflictError("transfer_not_offered", "bank transfer is not offered")
    days = policy.get_int(session, HOLD_DAYS, on=local_date(at))
    expires_at = at + timedelta(days=days)
    orders.await_transfer(session, group, actor=actor, at=at, expires_at=expires_at)
    catalog.hold_until(session, group_number, expires_at)
    code = transfers.open_transfer(
        session, group_number, amount_minor=group.total_minor, at=at, expires_at=expires_at
    )
    outbox.record(session, TransferChosen(occurred_at=at, group_number=group_number))
    return code


def take_statement(
    session: Session, read: ReadStatement, sha256: str, *, by: int | None, at: datetime
) -> Taken:
    """B1: keep a statement and book what came in; a row that is known changes nothing.

    Raises `StatementRefusedError` when any row is at fault, and `ConflictError`
    `posting_key_reused` when a reference was booked by hand before; nothing is kept then.
    """
    taken = transfers.take_statement(session, read, sha256, by=by, at=at)
    ledger.post_many(
        session, [_received(row_id, row, at) for row_id, row in taken.rows.items()]
    )
    return taken


def match_by_code(session: Session, row_id: int, *, at: datetime) -> bool:
    """Match a row to the next waiting order whose code its payer wrote; False when none is.

    Pays what the order still waits for, or as much as the row has; what is too much stays
    unapplied. Call it again until it says False: each order is a transaction of its own.
    """
    row = transfers.lock_row(session, row_id)
    if row.left_minor > 0:
        codes = rules.find_codes(row.remark)
        waiting = transfer_queries.list_by_code(session, codes)
        sales = term_queries.list_by_code(session, codes)
        for code in codes:
            if code in waiting and _match(session, row, waiting[code].group_number, at=at):
                return True
            if code in sales and _clear(session, row, sales[code].group_number, at=at):
                return True
    transfers.mark_looked(session, row_id, at=at)
    return False


def _match(session: Session, row: LockedRow, group_number: str, *, at: datetime) -> bool:
    request, group = _lock(session, group_number)
    if group.state is not GroupState.AWAITING_BANK or request.due_minor <= 0:
        return False
    _apply(session, row, request, min(row.left_minor, request.due_minor), BY_CODE, at=at)
    return True


def _clear(session: Session, row: LockedRow, group_number: str, *, at: datetime) -> bool:
    """Pay the open bills of a group sold on terms; False when none is open."""
    bills = term_queries.list_bills_of_group(session, group_number)
    if not any(bill.open_minor for bill in bills):
        return False
    try:
        terms.clear(session, row, group_number, None, BY_CODE, at=at)
    except ConflictError:
        # Another row has paid them meanwhile.
        return False
    return True


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as the person who decides saw it; anything else now is asked again."""

    row_id: int
    left_minor: int


def assign(
    session: Session,
    seen: Seen,
    group_number: str,
    minor: int,
    who: Decider,
    *,
    at: datetime,
) -> bool:
    """Give money of a row to a waiting order, or to the bills of one sold on terms.

    True when it is paid in full by it.

    Raises `ConflictError` when the row is not as it was seen, has not so much left, or the
    order does not wait for so much.
    """
    row = _as_seen(session, seen)
    if term_queries.find_sale(session, group_number) is not None:
        return terms.clear(session, row, group_number, minor, who, at=at)
    request, group = _lock(session, group_number)
    if group.state is not GroupState.AWAITING_BANK:
        raise ConflictError("transfer_not_awaited", f"{group_number} waits for no transfer")
    _apply(session, row, request, minor, who, at=at)
    return minor == request.due_minor


def send_back(
    session: Session,
    seen: Seen,
    bank_reference: str,
    who: Decider,
    *,
    at: datetime,
) -> None:
    """Note that all that is left of a row was paid back to whoever had paid it."""
    if not rules.is_reference(bank_reference):
        raise InvalidError("bank_reference_invalid", "write the bank's number of the payment")
    row = _as_seen(session, seen)
    minor = row.left_minor
    decision = transfers.record_return(session, row, minor, bank_reference, who, at=at)
    ledger.post(
        session,
        Entry(
            book=Book.MONEY,
            key=f"return:{decision}",
            kind=PostingKind.BANK_RETURNED,
            effective_at=at,
            source=f"bank-row:{row.row_id}",
            lines=[Line(_unapplied(row.row_id), minor), Line(BANK, -minor)],
        ),
    )


def give_up(session: Session, group_number: str, who: Decider, *, at: datetime) -> None:
    """Close an order of which only part was paid; the money stands on its rows again."""
    rows = transfers.lock_matched_rows(session, group_number)
    request, group = _lock(session, group_number)
    if group.state is not GroupState.AWAITING_BANK:
        raise ConflictError("transfer_not_awaited", f"{group_number} waits for no transfer")
    released = transfers.record_releases(session, request, rows, who, at=at)
    orders.close_group(session, group, GroupState.CANCELLED, actor=who.actor, at=at)
    lines = order_queries.list_line_heads(session, group_number=group_number)
    pricing.give_back(session, group_number, [line.line_id for line in lines], at=at)
    catalog.release(session, group_number, at=at)
    ledger.post_many(
        session,
        [
            _matched(f"release:{decision}", group_number, row_id, -minor, at)
            for decision, row_id, minor in released
        ],
    )


def _as_seen(session: Session, seen: Seen) -> LockedRow:
    row = transfers.lock_row(session, seen.row_id)
    if row.left_minor != seen.left_minor or row.left_minor <= 0:
        raise ConflictError("bank_row_changed", f"row {row.row_id} was decided on meanwhile")
    return row


def _lock(session: Session, group_number: str) -> tuple[LockedRequest, GroupHead]:
    """Lock the payment, then the group."""
    request = transfers.lock_request(session, group_number)
    return request, orders.lock_group(session, group_number)


def _apply(
    session: Session,
    row: LockedRow,
    request: LockedRequest,
    minor: int,
    who: Decider,
    *,
    at: datetime,
) -> None:
    decision = transfers.record_match(session, row, request, minor, who, at=at)
    ledger.post(
        session,
        _matched(f"match:{decision}", request.group_number, row.row_id, minor, at),
    )
    if minor < request.due_minor:
        return
    order_paid.settle(
        session,
        Capture(
            provider=Provider.BANK_TRANSFER,
            reference=request.code,
            group_number=request.group_number,
            amount_minor=request.amount_minor,
            currency=CURRENCY,
            at=at,
        ),
    )


def _received(row_id: int, row: StatementRow, at: datetime) -> Entry:
    return Entry(
        book=Book.MONEY,
        key=f"bank:{row.reference}",
        kind=PostingKind.BANK_RECEIVED,
        effective_at=min(at, at_local_midnight(row.booked_on)),
        source=f"bank-row:{row_id}",
        lines=[Line(BANK, row.minor), Line(_unapplied(row_id), -row.minor)],
    )


def _matched(key: str, group_number: str, row_id: int, minor: int, at: datetime) -> Entry:
    return Entry(
        book=Book.MONEY,
        key=key,
        kind=PostingKind.BANK_MATCHED,
        effective_at=at,
        source=f"group:{group_number}",
        lines=[
            Line(_unapplied(row_id), minor),
            Line(custody_of_transfer(group_number), -minor),
        ],
    )


def _unapplied(row_id: int) -> str:
    return f"L:unapplied:BR{row_id}"
