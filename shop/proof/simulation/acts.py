"""Delivers events and settlements through the services that live ones go through."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from households import service as households
from kernel.clock import local_date
from kernel.errors import ConflictError
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from payments import queries as payment_queries
from payments import service as payments
from payments.rules.answers import BankAnswer
from payments.service import NewRefund
from payments.values import Outcome, RefundPart, ReturnReason
from shop.proof.simulation.market import CARRIER, Market
from shop.proof.simulation.plan import DAYS, RETURNED_PERCENT, Act, Event, Stretch
from workflows import (
    order_cancelled,
    order_delivered,
    own_goods,
    payout_run,
    period_closed,
    refund_run,
)
from workflows.covering import cover
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt, earn_key, trace_key

Step = Callable[[Session], None]
"""One delivery of one step of a settlement."""

RETURNED = """
SELECT DISTINCT owner FROM settlement_lines
WHERE state = 'returned' AND cleared_at IS NULL ORDER BY owner
"""
ASKED = """
SELECT number, amount_minor FROM settlement_lines
WHERE period_id = :id AND state NOT IN ('ready', 'held', 'carried') ORDER BY number
"""
REFUND = text("SELECT id FROM refunds WHERE idempotency_key = :key")
SHA256 = "0" * 64


def deliver(session: Session, event: Event) -> None:
    """Do what an event says; a second time it is refused or changes nothing."""
    number, at = event.parcel.number, event.at
    if event.act is Act.DELIVER:
        order_delivered.deliver(session, number, Receipt(CARRIER, "recipient"), at=at)
    elif event.act is Act.REFUND_PART:
        _refund_part(session, event)
    elif event.act is Act.REFUND_FULL:
        order_cancelled.refund_in_full(session, number, Refusal(CARRIER, "spoiled"), at=at)
    else:
        refund_id = session.execute(REFUND, {"key": f"full:{number}"}).scalar_one()
        refund_run.confirm(session, refund_id, provider_reference=f"demo:{number}", at=at)


def _refund_part(session: Session, event: Event) -> None:
    """Refund part of a delivered parcel: F2 by exact reversal, and its trace taken back."""
    parcel, minor, at = event.parcel, event.minor, event.at
    payment = payment_queries.find_successful(session, parcel.number.rpartition("-")[0])
    if payment is None:
        raise LookupError(parcel.number)
    refund_id = payments.request_refund(
        session,
        NewRefund(
            payment_id=payment.id,
            order_number=parcel.number,
            idempotency_key=event.refund_key,
            reason="damaged",
            parts=(RefundPart(parcel.line_id, minor),),
        ),
        at=at,
    )
    if refund_id is None:
        return
    (taken,) = households.reverse_parts(
        session, {parcel.line_id: minor}, refund_key=event.refund_key, at=at
    )
    refund = _entry(
        event,
        PostingKind.REFUND_EARNED,
        [*(Line(*one) for one in taken.amounts), Line(f"L:refund:{refund_id}", -minor)],
        reverses=earn_key(parcel.line_id),
    )
    entries = cover(session, [refund])
    if lines := own_goods.trace_lines(parcel.line_id, taken.traced, sign=-1):
        reverses = trace_key(parcel.line_id)
        entries.append(_entry(event, PostingKind.TRACE_RETURNED, lines, reverses=reverses))
    ledger.post_many(session, entries)


def _entry(event: Event, kind: PostingKind, lines: Sequence[Line], *, reverses: str) -> Entry:
    return Entry(
        book=Book.TRACE if kind is PostingKind.TRACE_RETURNED else Book.MONEY,
        key=f"{event.refund_key}:{kind}",
        kind=kind,
        effective_at=event.at,
        source=f"line:{event.parcel.line_id}",
        lines=lines,
        reverses=reverses,
    )


class Settlement:
    """The settlement of a stretch, and the reissue of what the bank sent back, step by step."""

    def __init__(self, market: Market, stretch: Stretch, seed: int) -> None:
        """Prepare it; nothing is written before the first step."""
        self._proposer, *self._approvers = market.staff
        first = local_date(market.begins_at) + timedelta(days=stretch.number * DAYS)
        self._days = first, first + timedelta(days=DAYS - 1)
        self._at = stretch.ends_at
        self._seed = seed
        self._code = ""

    def regular(self) -> list[Step]:
        """Return the steps from opening the period to the bank's answers."""
        return [self._open, *self._rest()]

    def reissue(self) -> list[Step]:
        """Return the steps that pay once more what came back."""
        return [self._clear, self._open_reissue, *self._rest()]

    def _rest(self) -> list[Step]:
        first, second = self._approvers
        return [
            lambda session: period_closed.close(session, self._code, at=self._at),
            lambda session: payments.propose(
                session, self._code, by=self._proposer, at=self._at
            ),
            lambda session: self._approve(session, first),
            lambda session: self._approve(session, second),
            lambda session: payout_run.write_file(session, self._code, at=self._at),
            lambda session: payout_run.submit(
                session, self._code, by=self._proposer, at=self._at
            ),
            self._answer,
        ]

    def _open(self, session: Session) -> None:
        self._code = payments.open_period(session, *self._days, by=self._proposer, at=self._at)

    def _clear(self, session: Session) -> None:
        owners = session.scalars(text(RETURNED)).all()
        if not owners:
            raise ConflictError("payout_nothing_returned", "the bank sent nothing back")
        for owner in owners:
            payments.clear_returned(session, owner, by=self._proposer, at=self._at)

    def _open_reissue(self, session: Session) -> None:
        self._code = payments.open_reissue(session, by=self._proposer, at=self._at)

    def _approve(self, session: Session, person: int) -> None:
        payout_run.approve(session, self._code, by=person, at=self._at)

    def _answer(self, session: Session) -> None:
        period = payments.lock_period(session, self._code)
        answers = [
            self._said(row, line.number, line.amount_minor)
            for row, line in enumerate(session.execute(text(ASKED), {"id": period.id}), start=1)
        ]
        payout_run.take_answers(
            session, self._code, answers, SHA256, by=self._proposer, at=self._at
        )

    def _said(self, row: int, number: int, minor: int) -> BankAnswer:
        chance = Random(f"{self._seed}:{self._code}:{number}")
        is_returned = chance.randrange(100) < RETURNED_PERCENT
        return BankAnswer(
            row=row,
            batch_code=self._code,
            line_number=number,
            amount_minor=minor,
            outcome=Outcome.RETURNED if is_returned else Outcome.PAID,
            bank_reference=f"{self._code}-{number}",
            return_reason=ReturnReason.ACCOUNT_INVALID if is_returned else None,
            on=local_date(self._at),
        )
