"""An approved organisation buys on terms: its line is used, its bill is paid by bank transfer.

Placing takes the total off the line behind the lock of its account, so that no orders together
ever use more than there is. Nothing is posted then; on delivery what would be taken from
prepaid money stands on `A:ar:<organisation>` (P2n), and a bill says when it is due. Row locks:
bank row, order group, seller order, payment, bills, credit account, lots, ledger balances.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel import outbox, policy
from kernel.clock import local_date
from kernel.errors import ConflictError
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import service as orders
from orders.errors import GoodsUnfitError
from orders.values import GroupState, OrderHead
from payments import service as payments
from payments.events import BillIssued, BillReminded
from payments.queries import terms as queries
from payments.rules import terms as rules
from payments.service import terms
from payments.values.terms import SaleRow, Standing, TermsRefusal
from payments.values.transfers import Decider, LockedRow
from workflows import order_paid


def choose(session: Session, group_number: str, *, at: datetime) -> None:
    """Let an unpaid group be delivered on terms; choosing it again changes nothing.

    Raises `ConflictError` `order_closed`, `goods_unfit`, `terms_not_offered`, `terms_overdue`
    or `terms_line_short`; nothing is written then.
    """
    group = orders.lock_group(session, group_number)
    if queries.find_sale(session, group_number) is not None:
        return
    if group.state is not GroupState.PENDING_PAYMENT:
        raise ConflictError(
            "order_closed", f"{group_number} waits for nothing", number=group_number
        )
    code = group.buyer_organisation_code
    if code is None:
        raise ConflictError("terms_not_offered", "organisations buy on terms")
    if catalog.list_unfit(session, group_number, at=at):
        raise GoodsUnfitError(group_number)
    terms.lock_account(session, code)
    standing = standing_of(session, code, at=at)
    _check(standing, group.total_minor)
    capture = terms.open_sale(session, group_number, standing, group.total_minor, at=at)
    order_paid.carry(session, group, capture, entry=None)


def _check(standing: Standing, minor: int) -> None:
    refusal = standing.refusal(minor)
    if refusal is TermsRefusal.NO_LINE:
        raise ConflictError("terms_not_offered", "no approved line is in force")
    if refusal is TermsRefusal.OVERDUE:
        raise ConflictError("terms_overdue", "a bill is overdue")
    if refusal is TermsRefusal.SHORT:
        left = f"{standing.left_minor // 100}.{standing.left_minor % 100:02d}"
        raise ConflictError("terms_line_short", f"short of the line: {left} left", left=left)


def standing_of(session: Session, organisation_code: str, *, at: datetime) -> Standing:
    """Return where an organisation stands, for pages; nothing is locked."""
    return queries.get_standing(session, organisation_code, on=local_date(at))


def debtor(sale: SaleRow | None, order_number: str) -> str:
    """Return the account that pays for a delivered order: its prepaid money, or its buyer."""
    return f"L:prepaid:{order_number}" if sale is None else receivable_of(sale)


def receivable_of(sale: SaleRow) -> str:
    """Return the account on which an organisation owes what it bought on terms."""
    return f"A:ar:{sale.organisation_code}"


def bill(
    session: Session,
    sales: Mapping[str, SaleRow],
    owed: Sequence[tuple[OrderHead, int, datetime]],
) -> None:
    """Bill delivered orders on terms: (order, what its postings debit, moment)."""
    amounts = [
        (sales[order.group_number], order.number, minor, at)
        for order, minor, at in owed
        if order.group_number in sales and minor > 0
    ]
    terms.issue_bills(session, amounts)
    outbox.record(
        session,
        *(BillIssued(occurred_at=at, order_number=number) for _, number, _, at in amounts),
    )


def take_off(
    session: Session, order: OrderHead, refund_id: int, minor: int, *, at: datetime
) -> list[Entry]:
    """Take a refund off what the buyer owes on terms, first of all; return its postings.

    Before delivery nothing is owed yet, so all of it only frees the line. After delivery the
    open bill falls; what is more than that was paid, and is paid back. Other orders have none.
    """
    sale = queries.find_sale(session, order.group_number)
    if sale is None:
        return []
    terms.lock_bills(session, order.group_number)
    found = queries.find_bill(session, order.number)
    terms.lock_account(session, sale.organisation_code)
    taken = minor if found is None else min(minor, found.open_minor)
    if not taken:
        return []
    terms.use(session, sale.organisation_code, -taken)
    payments.record_offset(session, refund_id, taken, at=at)
    if found is None:
        return []
    terms.reduce_bill(session, order.number, taken)
    return [
        Entry(
            book=Book.MONEY,
            key=f"refund:{refund_id}:offset",
            kind=PostingKind.TERMS_REDUCED,
            effective_at=at,
            source=f"order:{order.number}",
            lines=[
                Line(f"L:refund:{refund_id}", taken),
                Line(receivable_of(sale), -taken),
            ],
        )
    ]


def clear(
    session: Session,
    row: LockedRow,
    group_number: str,
    minor: int | None,
    who: Decider,
    *,
    at: datetime,
) -> bool:
    """Pay the open bills of a group out of a locked bank row; say whether all are paid then.

    Without an amount as much as the row has goes to what is open. Raises `ConflictError`
    `transfer_not_awaited` when no bill is open, `transfer_too_much` and `bank_row_short`.
    """
    terms.lock_bills(session, group_number)
    known = queries.list_bills_of_group(session, group_number)
    bills = [one for one in known if one.open_minor > 0]
    if not bills:
        raise ConflictError("transfer_not_awaited", f"{group_number} owes nothing now")
    open_minor = sum(one.open_minor for one in bills)
    paid = min(open_minor, row.left_minor) if minor is None else minor
    organisation = bills[0].organisation_code
    terms.lock_account(session, organisation)
    cleared = terms.clear_bills(session, row, bills, paid, who, at=at)
    terms.use(session, organisation, -paid)
    ledger.post_many(
        session,
        [
            Entry(
                book=Book.MONEY,
                key=f"match:{one.decision}",
                kind=PostingKind.BANK_MATCHED,
                effective_at=at,
                source=f"order:{one.order_number}",
                lines=[
                    Line(f"L:unapplied:BR{row.row_id}", one.minor),
                    Line(f"A:ar:{organisation}", -one.minor),
                ],
            )
            for one in cleared
        ],
    )
    return paid == open_minor


def remind(session: Session, *, at: datetime, limit: int = 200) -> int:
    """Record a fact for each letter about an open bill that has come due; return how many."""
    on = local_date(at)
    known = policy.list_in_force(session, [queries.REMINDERS], on=on)
    days = terms.check_days(known.get(queries.REMINDERS, []))
    if not days:
        return 0
    facts = []
    before = on + timedelta(days=1 - days[0])
    for one in queries.list_unreminded(session, due_before=before, on=on, limit=limit):
        day = rules.due_reminder(one.due_on, on, days)
        if day is not None and terms.note_reminder(session, one.order_number, day, at=at):
            facts.append(BillReminded(occurred_at=at, order_number=one.order_number, day=day))
    outbox.record(session, *facts)
    return len(facts)
