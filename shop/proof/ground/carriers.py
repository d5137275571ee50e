"""A hand that packs, ships and delivers what is paid until it is killed; another one follows.

Run as a program with the settings of a shop in its environment.
"""

import os
from collections.abc import Callable
from time import sleep
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from shop.app import create_app
from shop.settings import from_environment
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

MODULE: Final = "shop.proof.ground.carriers"
CARRIER: Final = "organisation:carrier"
AT_A_TIME, PAUSE_SECONDS = 5, 0.05

OPEN = text(
    "SELECT number FROM seller_orders WHERE state = :state ORDER BY number LIMIT :limit"
)


def pack(session: Session, number: str) -> None:
    """Pack one order."""
    order_shipped.pack(session, number, actor=CARRIER, at=clock.now())


def ship(session: Session, number: str) -> None:
    """Take one order along."""
    order_shipped.ship(session, number, HandOver(actor=CARRIER), at=clock.now())


def deliver(session: Session, number: str) -> None:
    """Hand one order over: what was expected is earned."""
    order_delivered.deliver(session, number, Receipt(CARRIER, "recipient"), at=clock.now())


STEPS: Final[dict[str, Callable[[Session, str], None]]] = {
    "paid": pack,
    "packed": ship,
    "shipped": deliver,
}


def carry() -> int:
    """Bring some orders one step on, each in its own unit of work; return how many."""
    done = 0
    for state, step in STEPS.items():
        with unit_of_work() as session:
            asked = {"state": state, "limit": AT_A_TIME}
            numbers = list(session.scalars(OPEN, asked))
        for number in numbers:
            with unit_of_work() as session:
                step(session, number)
            done += 1
    return done


def main() -> None:
    """Let one hand after the other work; each is a fork, so that it begins at once."""
    app = create_app(from_environment())
    while True:
        hand = os.fork()
        if not hand:
            with app.app_context():
                _work(os.getppid())
            os._exit(0)
        os.waitpid(hand, 0)


def _work(master: int) -> None:
    while os.getppid() == master:
        if not carry():
            sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
