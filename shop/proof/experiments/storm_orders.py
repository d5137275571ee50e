"""The orders of a storm: how each is paid at the provider, and what is wrong with some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from orders import service as orders
from orders.values import GroupState
from payments.values import Provider
from shop import checkouts
from shop.proof.ground import buying, wares
from shop.proof.ground import stripe_acts as acts
from shop.proof.ground.stripe_fake import StripeFake
from shop.settings import Settings
from workflows import order_cancelled, paying
from workflows.order_cancelled import Refusal

WRONG_EVERY: Final = 20
LATE_EVERY, FAIL_EVERY, SLOW_EVERY = 12, 5, 7
REFUND_EVERY, DISPUTE_EVERY = 4, 9
GOODS = 20
REFUSAL = Refusal("person:1", "buyer_request")


class Wrong(StrEnum):
    """In what a validly signed payment is not as asked for."""

    AMOUNT = "amount"
    CURRENCY = "currency"
    ORDER = "order"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Bought:
    """One order with its session at the provider."""

    place: int
    number: str
    total_minor: int
    session_id: str
    wrong: Wrong | None
    is_late: bool


def buy(settings: Settings, fake: StripeFake, count: int) -> list[Bought]:
    """Place orders inside the application's context and pay them at the provider."""
    chance = Random("webhook-storm")
    goods = wares.prepare(settings.database_url, kinds=GOODS, packs=10 * count)
    at = clock.now().replace(microsecond=0)
    made: list[Bought] = []
    for place in range(count):
        basket = wares.draw(chance, goods, kinds=2, packs=3)
        placed = buying.place(basket, at=at)
        checkouts.open_at(Provider.STRIPE, placed.number, locale="zh_CN")
        made.append(_bought(fake, place, placed.number, placed.total_minor))
    for one in made:
        _pay(fake, one, made)
    return made


def _bought(fake: StripeFake, place: int, number: str, total_minor: int) -> Bought:
    kinds = list(Wrong)
    # The first four in any case, then one of twenty.
    wrong = kinds[place] if place < len(kinds) else None
    if place >= WRONG_EVERY and place % WRONG_EVERY == 0:
        wrong = kinds[place // WRONG_EVERY % len(kinds)]
    return Bought(
        place=place,
        number=number,
        total_minor=total_minor,
        session_id=list(fake.sessions)[-1],
        wrong=wrong,
        is_late=wrong is None and place % LATE_EVERY == LATE_EVERY - 1,
    )


def _pay(fake: StripeFake, one: Bought, made: Sequence[Bought]) -> None:
    """Let the buyer pay, some of them at the second try, some not as asked for."""
    fake.now += 1
    if one.is_late:
        with unit_of_work() as session:
            group = orders.lock_group(session, one.number)
            at = group.placed_at
            paying.close(session, group, GroupState.EXPIRED, actor=paying.EXPIRY, at=at)
    acts.begin(fake, one.session_id)
    if one.place % FAIL_EVERY == 0:
        acts.fail(fake, one.session_id)
    if one.wrong is Wrong.ORDER:
        # It names the order behind it, with which it has nothing to do.
        fake.sessions[one.session_id]["client_reference_id"] = made[one.place + 1].number
    if one.wrong is Wrong.ACCOUNT:
        # Nobody paid here: the message is of an account that is not ours.
        claimed = fake.sessions[one.session_id] | {"payment_status": "paid"}
        event = fake.tell("checkout.session.completed", claimed)
        event["account"] = "acct_of_somebody_else"
        return
    if one.wrong is None and one.place % SLOW_EVERY == SLOW_EVERY - 1:
        acts.wait(fake, one.session_id)
        acts.arrive(fake, one.session_id, is_there=True)
        return
    minor = one.total_minor + 100 if one.wrong is Wrong.AMOUNT else None
    currency = "usd" if one.wrong is Wrong.CURRENCY else None
    acts.pay(fake, one.session_id, method="card", minor=minor, currency=currency)


def events_since(fake: StripeFake, first: int) -> list[dict[str, Any]]:
    """Return what the provider wrote behind so many messages."""
    return list(fake.events.values())[first:]


def is_refunded(one: Bought) -> bool:
    """Say whether the seller gives the money of an order back."""
    return not (one.wrong or one.is_late) and one.place % REFUND_EVERY == 0


def is_disputed(one: Bought) -> bool:
    """Say whether the buyer complains at the bank of the card."""
    is_plain = not (one.wrong or one.is_late or is_refunded(one))
    return is_plain and one.place % DISPUTE_EVERY < 2  # noqa: PLR2004 -- two of nine


def give_back(made: Sequence[Bought], *, at: datetime) -> None:
    """Take some orders back in the shop; the provider is asked by the worker."""
    for one in made:
        if is_refunded(one):
            with unit_of_work() as session:
                for number in buying.list_parts(session, one.number):
                    order_cancelled.refund_in_full(session, number, REFUSAL, at=at)


def go_on(fake: StripeFake, made: Sequence[Bought]) -> None:
    """Let refunds arrive and banks decide on what buyers complained about."""
    fake.now += int(timedelta(hours=1).total_seconds())
    for place, name in enumerate(sorted(fake.refunds)):
        acts.finish_refund(fake, name, reason="lost_or_stolen_card" if place % 7 == 6 else "")  # noqa: PLR2004 -- one of seven
    for one in made:
        if is_disputed(one):
            intent = fake.sessions[one.session_id]["payment_intent"]
            charge = str(fake.intents[intent]["latest_charge"])
            found = acts.dispute(fake, charge)
            acts.decide(fake, found["id"], is_won=one.place % 2 == 0)


QUEUED = text(
    """
    SELECT (SELECT state FROM order_groups WHERE number = :number) = 'paid' AS is_paid,
        count(*) AS queued
    FROM payment_misfits misfit
    LEFT JOIN payments payment ON payment.id = misfit.payment_id
    LEFT JOIN payment_events event ON event.id = misfit.event_id
    WHERE misfit.kind = :kind AND misfit.remedy IS NULL
        AND (payment.group_number = :number OR event.reference = ANY (:names))
    """
)


def count_queued(session: Session, fake: StripeFake, made: Sequence[Bought]) -> int:
    """Return how many of the wrong ones stand in the queue of exceptions and paid nothing."""
    found = 0
    for one in made:
        if one.wrong is None:
            continue
        names = [one.session_id, str(fake.sessions[one.session_id]["payment_intent"])]
        asked = {"number": one.number, "kind": str(one.wrong), "names": names}
        row = session.execute(QUEUED, asked).one()
        found += bool(row.queued) and not row.is_paid
    return found
