"""Carry one captured payment through order, stock, households, ledger, pledge and shipment.

What must succeed together stands in `settle`, top to bottom, in one transaction. Mail, search,
dashboards and couriers react to `OrderPaid` after the commit.

Row locks: payment, order group, lots by id, ledger balances by account.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.service import LinePick
from cold_chain import service as cold_chain
from cold_chain.values import PlannedParcel, PlannedShipment
from kernel import outbox
from kernel.clock import local_date
from kernel.money import CURRENCY
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.events import LateCaptureBooked, OrderPaid
from orders.values import GroupHead, GroupState, LineHead
from pairing import queries as pairing_queries
from pairing import service as pairing
from pairing.values import PurchasedLine
from payments import service as payments
from payments.events import AttemptsToClose, RefundRequested
from payments.rules import buyers as payment_rules
from payments.service import LockedPayment, NewRefund, transfers
from payments.values import Capture, MisfitKind, PaymentState, Provider, RefundPart
from workflows import attribution, boxes, checkout
from workflows.boxes import Box

ACTOR = "provider"


class Outcome(StrEnum):
    """What became of a capture."""

    SETTLED = "settled"
    REPEATED = "repeated"
    LATE = "late"
    MISMATCH = "mismatch"


def settle(session: Session, capture: Capture, *, is_purchase: bool = True) -> Outcome:
    """Book a captured payment; delivering the same capture twice changes nothing.

    A capture is a fact and never refused: money for a closed or already paid group is booked
    as owed back, and so is money for goods that may not be sold at that moment (recalled, past
    their day, a certificate ended, the seller suspended), whose group is closed then; money
    in a wrong amount goes to the exception queue. What is no purchase takes nothing off a
    pledge. Raises `PaymentNotFoundError` for a
    reference that was never opened here.
    """
    payment = payments.lock(session, capture.provider, capture.reference)
    if payments.is_captured(payment):
        return Outcome.REPEATED
    group = orders.lock_group(session, payment.group_number)
    misfit = payment_rules.find_misfit(
        capture,
        group_number=group.number,
        expected_minor=group.total_minor,
        expected_currency=payment.currency,
    )
    if misfit is not None:
        return _book_misfit(session, payment, capture, misfit)
    is_open = may_pay(session, group, capture.provider)
    if not is_open or checkout.stop_unfit(session, group.number, at=capture.at):
        return _book_late(session, group, payment, capture)
    payments.record_capture(session, payment, capture, PaymentState.SUCCEEDED)
    entry = payment_entry(session, group, capture, custody(capture))
    carry(session, group, capture, entry, is_purchase=is_purchase)
    return Outcome.SETTLED


def carry(
    session: Session,
    group: GroupHead,
    capture: Capture,
    entry: Entry | None,
    *,
    is_purchase: bool = True,
) -> None:
    """Let a group be paid: stock, shares, ledger, pledge, shipments, the fact.

    On terms there is no money yet, and nothing to post.
    """
    orders.mark_group_paid(session, group, actor=ACTOR, at=capture.at)
    waiting = set(catalog.keep_presales(session, group.number, at=capture.at))
    picks = catalog.take_reserved(session, group.number, at=capture.at)
    lines = order_queries.list_line_heads(session, group_number=group.number)
    # Who earns from goods that are not harvested yet is known once a lot gives them.
    on_hand = [line for line in lines if line.line_id not in waiting]
    if on_hand:
        _remember_lots(session, picks)
        attribution.expect(session, on_hand, picks, placed_at=group.placed_at, at=capture.at)
    ledger.post_many(session, [entry] if entry else [])
    if is_purchase:
        _draw_down_pledges(session, group, lines, capture)
    planned = (_shipment(group, capture, box) for box in boxes.pack(lines))
    cold_chain.plan_shipments(session, *planned)
    outbox.record(session, OrderPaid(occurred_at=capture.at, group_number=group.number))
    if payments.list_open(session, group.number):
        outbox.record(
            session, AttemptsToClose(occurred_at=capture.at, group_number=group.number)
        )


def may_pay(session: Session, group: GroupHead, provider: Provider) -> bool:
    """Say whether a group still waits, and no other money was counted towards it."""
    if group.state not in order_rules.UNPAID:
        return False
    is_transfer = provider is Provider.BANK_TRANSFER
    return is_transfer or not transfers.has_received(session, group.number)


def _remember_lots(session: Session, picks: Sequence[LinePick]) -> None:
    orders.record_allocations(
        session, [(pick.order_line_id, pick.lot_id, pick.quantity) for pick in picks]
    )


def payment_entry(session: Session, group: GroupHead, capture: Capture, source: str) -> Entry:
    """P1: the buyer's money stands where it came from, owed as goods of every seller order."""
    totals = order_queries.list_order_totals(session, group.number)
    credited = [Line(f"L:prepaid:{number}", -minor) for number, minor in totals]
    return Entry(
        book=Book.MONEY,
        key=capture.key,
        kind=PostingKind.PAYMENT_CAPTURED,
        effective_at=capture.at,
        source=f"group:{group.number}",
        lines=[Line(source, capture.amount_minor), *credited],
    )


def custody(capture: Capture) -> str:
    """Return the account of the provider's money that is not yet in the bank.

    Money that came by bank transfer is there already and stands as matched to the group; what
    pays for goods that are exchanged is what their refund owes.
    """
    if capture.provider is Provider.BANK_TRANSFER:
        return custody_of_transfer(capture.group_number)
    if capture.provider is Provider.EXCHANGE:
        return f"L:refund:{capture.reference}"
    return f"A:{capture.provider}:pending"


def custody_of_transfer(group_number: str) -> str:
    """Return the account of bank money that was matched to a group not paid in full yet."""
    return f"L:unapplied:bank-{group_number}"


def _draw_down_pledges(
    session: Session, group: GroupHead, lines: Sequence[LineHead], capture: Capture
) -> None:
    if group.buyer_organisation_code is None:
        return
    pledges = pairing_queries.list_pledges(
        session,
        organisation_code=group.buyer_organisation_code,
        year=local_date(capture.at).year,
    )
    purchased = [
        PurchasedLine(
            line.line_id, line.origin_village_code, line.origin_township_code, line.gross_minor
        )
        for line in lines
    ]
    pairing.draw_down(session, pledges, purchased, at=capture.at)


def _shipment(group: GroupHead, capture: Capture, box: Box) -> PlannedShipment:
    first = box.lines[0]
    return PlannedShipment(
        order_number=first.order_number,
        parcel_group=box.position,
        storage_class=box.storage_class,
        profile_code=box.profile_code,
        carrier_code=first.carrier_code,
        shipper_code=first.seller_code,
        origin_region_code=first.origin_township_code or first.origin_district_code,
        destination_city=group.city,
        planned_at=capture.at,
        actor=ACTOR,
        parcels=(
            PlannedParcel(
                code=box.code,
                weight_g=sum(line.net_weight_g * line.quantity for line in box.lines),
            ),
        ),
    )


def _book_late(
    session: Session, group: GroupHead, payment: LockedPayment, capture: Capture
) -> Outcome:
    """X1: the goods are gone or paid for already; the money is owed back at once."""
    is_twice = group.state is GroupState.PAID
    state = PaymentState.DUPLICATE if is_twice else PaymentState.LATE
    payments.record_capture(session, payment, capture, state)
    kind = MisfitKind.DUPLICATE if is_twice else MisfitKind.LATE
    payments.note_misfit(session, kind, "", payment_id=payment.payment_id, at=capture.at)
    refund_id = payments.request_refund(
        session,
        NewRefund(
            payment_id=payment.payment_id,
            order_number=None,
            idempotency_key=f"late:{capture.provider}:{payment.group_number}:{payment.attempt}",
            reason="paid_twice" if is_twice else "late_capture",
            parts=(RefundPart(None, capture.amount_minor),),
        ),
        at=capture.at,
    )
    ledger.post(
        session,
        Entry(
            book=Book.MONEY,
            key=capture.key,
            kind=PostingKind.LATE_CAPTURE,
            effective_at=capture.at,
            source=f"group:{payment.group_number}",
            lines=[
                Line(custody(capture), capture.amount_minor),
                Line(f"L:refund:{refund_id}", -capture.amount_minor),
            ],
        ),
    )
    if refund_id is not None:
        outbox.record(
            session,
            LateCaptureBooked(
                occurred_at=capture.at, group_number=payment.group_number, refund_id=refund_id
            ),
            RefundRequested(occurred_at=capture.at, refund_id=refund_id),
        )
    return Outcome.LATE


def _book_misfit(
    session: Session, payment: LockedPayment, capture: Capture, kind: MisfitKind
) -> Outcome:
    """X2: the money is here but not as agreed; a person decides.

    The book knows one currency: other money stands in the queue only, until it went back.
    """
    payments.record_capture(session, payment, capture, PaymentState.MISMATCH)
    detail = capture.group_number if kind is MisfitKind.ORDER else ""
    payments.note_misfit(session, kind, detail, payment_id=payment.payment_id, at=capture.at)
    if capture.currency != CURRENCY:
        return Outcome.MISMATCH
    ledger.post(
        session,
        Entry(
            book=Book.MONEY,
            key=capture.key,
            kind=PostingKind.AMOUNT_MISMATCH,
            effective_at=capture.at,
            source=f"group:{payment.group_number}",
            lines=[
                Line(custody(capture), capture.amount_minor),
                Line(misfit_account(payment.group_number), -capture.amount_minor),
            ],
        ),
    )
    return Outcome.MISMATCH


def misfit_account(group_number: str) -> str:
    """Return the account of money that came for a group otherwise than asked for."""
    return f"L:unapplied:{group_number}"
