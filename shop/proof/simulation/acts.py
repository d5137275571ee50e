"""Delivers events and settlements through the services that live ones go through."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.clock import local_date
from kernel.errors import ConflictError
from payments import service as payments
from payments.rules.answers import BankAnswer
from payments.values import Outcome, ReturnReason
from shop.proof.simulation.market import CARRIER, Market
from shop.proof.simulation.plan import DAYS, RETURNED_PERCENT, Act, Event, Stretch
from workflows import (
    order_cancelled,
    order_delivered,
    payout_run,
    period_closed,
    refund_run,
)
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.order_delivered import Receipt

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
    """Refund part of a delivered parcel, what the platform paid of it going back to it."""
    back = PartBack(key=event.refund_key, lines=(LineBack(event.parcel.line_id, event.minor),))
    refusal = Refusal(CARRIER, "damaged")
    order_cancelled.refund_in_part(session, event.parcel.number, back, refusal, at=event.at)


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
