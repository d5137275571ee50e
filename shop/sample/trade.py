"""Carries the planned past orders of one half through the workflows of live ones, day by day.

Deliveries come first on a day, then checkouts, packing, dispatch and refunds. A day's
dispatches and its deliveries are carried out set by set.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from random import Random
from typing import Final

from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kernel.clock import local_date
from orders import queries as order_queries
from orders.queries import ParcelRow
from orders.values import Buyer, Weighing
from payments import demo_gateway
from payments import queries as payment_queries
from shop.sample import tables, telemetry
from shop.sample.fleet import CARRIER
from shop.sample.timeline import Checkout, Journey, Step
from workflows import (
    checkout,
    goods_weighed,
    order_cancelled,
    order_delivered,
    order_shipped,
    payment_received,
    refund_run,
    terms,
)
from workflows.checkout import CheckoutRequest
from workflows.order_cancelled import Refusal
from workflows.travel import Delivery, Dispatch, HandOver, ParcelOver

COLD_BOX_CENTI: Final = -1_500
"""Air of a box cooled for frozen goods, hundredths of °C."""
FROZEN: Final = "GOAT_FROZEN"
CARRIER_NUMBERS: Final = 999_999_999_989
"""How many numbers there are; a prime, so that parcels do not meet."""
RECEIVER: Final = "recipient"
PATIENCE: Final = 5
SPREAD_G: Final = 140
"""How much pieces differ in weight."""

Tell = Callable[[int], None]
"""Called with how many steps were done since the last call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of one checkout or one seller's part of it."""

    at: datetime
    step: Step
    number: str
    subject: Checkout | Journey

    @property
    def day(self) -> date:
        """Return the Shanghai day."""
        return local_date(self.at)


def agenda(checkouts: Iterable[Checkout], *, until: datetime) -> list[Event]:
    """Return everything that has happened until a moment, in the order of its doing."""
    events = []
    for one in checkouts:
        placed_at = one.group.placed_at
        events.append(
            Event(at=placed_at, step=Step.PLACE, number=one.group.number, subject=one)
        )
        for part in one.journeys:
            events += [
                Event(at=at, step=step, number=part.number, subject=part)
                for at, step in part.steps()
            ]
    past = [event for event in events if event.at <= until]
    return sorted(past, key=lambda event: (event.day, event.step, event.at, event.number))


class Trader:
    """Does the steps of an agenda in the database behind an engine."""

    def __init__(
        self, engine: Engine, loggers: Mapping[str, str], *, seed: str, until: datetime
    ) -> None:
        """Look up the demo persons who order."""
        self.engine = engine
        self.loggers = loggers
        self.seed = seed
        self.until = until
        self.refunds: dict[str, int] = {}
        with Session(engine) as session:
            people = tables.table("people")
            rows = session.execute(select(people.c.login, people.c.id))
            self.people = {row.login: row.id for row in rows}

    def run(self, events: Sequence[Event], tell: Tell) -> None:
        """Do all steps of an agenda."""
        for (_, step), some in groupby(events, key=lambda event: (event.day, event.step)):
            todays = list(some)
            self._do(step, todays)
            tell(len(todays))

    def upload_on_the_way(self, journeys: Iterable[Journey]) -> None:
        """Send what the loggers of orders still on their way have measured so far."""
        under_way = [
            journey
            for journey in journeys
            if journey.shipped_at <= self.until < journey.delivered_at
        ]
        with Session(self.engine) as session, session.begin():
            self._upload(session, under_way)

    def _do(self, step: Step, todays: Sequence[Event]) -> None:
        """Do one kind of step for a whole day, each in the way it is done fastest."""
        if step is Step.DELIVER:
            parts = [_part(event) for event in todays]
            self._in_one(lambda session: self._upload(session, parts))
            self._in_one(lambda session: self._deliver(session, todays))
        elif step is Step.SHIP:
            self._in_one(lambda session: self._ship(session, todays))
        elif step is Step.PLACE:
            self._in_one(lambda session: self._each(session, todays, self._place))
        elif step is Step.PACK:
            self._in_one(lambda session: self._each(session, todays, self._pack))
        else:
            does = self._refund if step is Step.REFUND else self._confirm
            for event in todays:
                self._in_one(partial(does, event=event))

    def _each(
        self, session: Session, todays: Sequence[Event], does: Callable[[Session, Event], None]
    ) -> None:
        for event in todays:
            does(session, event)

    def _in_one(self, work: Callable[[Session], None]) -> None:
        """Work in one transaction; begin again when it met the other half's in a deadlock."""
        for _ in range(PATIENCE):
            try:
                with Session(self.engine) as session, session.begin():
                    work(session)
            except OperationalError as error:
                if not isinstance(error.orig, DeadlockDetected):
                    raise
            else:
                return
        raise OperationalError("deadlock", None, DeadlockDetected("met again and again"))

    def _upload(self, session: Session, journeys: Iterable[Journey]) -> None:
        telemetry.upload(
            session,
            [
                (journey, self.loggers[journey.number])
                for journey in journeys
                if journey.number in self.loggers
            ],
            seed=self.seed,
            until=self.until,
        )

    def _place(self, session: Session, event: Event) -> None:
        planned = _checkout(event)
        group = planned.group
        placed = checkout.place(
            session,
            CheckoutRequest(
                buyer=self._buyer(planned),
                recipient=group.recipient,
                quantities=group.quantities,
                coupons=group.coupons,
                number=group.number,
                access_key=group.access_key,
                is_sample=True,
            ),
            at=event.at,
        )
        if planned.paid_at is not None and planned.is_on_terms:
            terms.choose(session, group.number, at=planned.paid_at)
        elif planned.paid_at is not None:
            row_id = payment_received.store_demo_payment(
                session, group.number, amount_minor=placed.total_minor, at=planned.paid_at
            )
            if row_id is not None:
                payment_received.apply_event(session, row_id, at=planned.paid_at)
        elif planned.closed_at <= self.until:
            checkout.expire(session, group.number, at=planned.closed_at)

    def _buyer(self, planned: Checkout) -> Buyer:
        group = planned.group
        person_id = self.people[group.login] if group.login else None
        return Buyer(
            person_id=person_id,
            organisation_code=group.organisation,
            channel_code=group.channel,
            actor=f"person:{person_id}" if person_id else "guest",
        )

    def _pack(self, session: Session, event: Event) -> None:
        part = _part(event)
        if any(good.is_weighed for good in part.goods):
            _weigh(session, part, event.at)
        order_shipped.pack(session, part.number, actor=_seller(part), at=event.at)

    def _ship(self, session: Session, events: Sequence[Event]) -> None:
        sent = order_queries.list_parcels(session, [event.number for event in events])
        order_shipped.ship_many(
            session,
            [
                self._dispatch(_part(event), sent.get(event.number, ()), event.at)
                for event in events
            ],
        )

    def _dispatch(self, part: Journey, parcels: Sequence[ParcelRow], at: datetime) -> Dispatch:
        hand_over = HandOver(
            actor=_seller(part),
            parcels={
                parcel.number: ParcelOver(carrier_number=_carrier_number(parcel.code))
                for parcel in parcels
            },
            device_code=self.loggers.get(part.number),
            box_centi=COLD_BOX_CENTI if part.profile == FROZEN else None,
        )
        return Dispatch(part.number, hand_over, at)

    def _deliver(self, session: Session, events: Sequence[Event]) -> None:
        carrier = f"organisation:{CARRIER}"
        order_delivered.deliver_many(
            session, [Delivery(event.number, carrier, RECEIVER, event.at) for event in events]
        )

        for event in events:
            if any(good.is_weighed for good in _part(event).goods):
                self._confirm_weighed(session, event)

    def _confirm_weighed(self, session: Session, event: Event) -> None:
        """Let the provider pay back what a buyer was charged beyond the weight."""
        key = goods_weighed.refund_key(event.number)
        refund_id = payment_queries.find_refund_id(session, key)
        if refund_id is not None:
            reference = demo_gateway.refund_reference_of(refund_id)
            refund_run.confirm(session, refund_id, provider_reference=reference, at=event.at)

    def _refund(self, session: Session, event: Event) -> None:
        part = _part(event)
        refusal = Refusal(actor=_seller(part), reason=part.reason)
        self.refunds[part.number] = order_cancelled.refund_in_full(
            session, part.number, refusal, at=event.at
        )

    def _confirm(self, session: Session, event: Event) -> None:
        refund_id = self.refunds[event.number]
        refund_run.confirm(
            session,
            refund_id,
            provider_reference=demo_gateway.refund_reference_of(refund_id),
            at=event.at,
        )


def _carrier_number(parcel: str) -> str:
    """Return a number of the sample's carrier: the same for the same parcel."""
    return f"WL{int.from_bytes(parcel.encode()) % CARRIER_NUMBERS:012d}"


def _weigh(session: Session, part: Journey, at: datetime) -> None:
    """Weigh every piece: about as heavy as expected, the same for the same order."""
    pieces = {}
    for line in order_queries.list_to_weigh(session, [part.number]):
        scale = Random(f"{part.number}:{line.packs_left}")
        low, high = line.terms.min_g, line.terms.max_g
        drawn = [scale.gauss(line.terms.estimate_g, SPREAD_G) for _ in range(line.packs_left)]
        pieces[line.line_id] = tuple(min(high, max(low, round(grams))) for grams in drawn)
    goods_weighed.weigh(session, part.number, Weighing(pieces, _seller(part), at))


def _checkout(event: Event) -> Checkout:
    if not isinstance(event.subject, Checkout):
        raise TypeError(event.step)
    return event.subject


def _part(event: Event) -> Journey:
    if not isinstance(event.subject, Journey):
        raise TypeError(event.step)
    return event.subject


def _seller(part: Journey) -> str:
    return f"organisation:{part.seller}"
