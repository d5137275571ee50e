"""Buyers of the oversell experiment, as they run in the processes of a crew."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Barrier, Thread

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from catalog.errors import NotEnoughStockError
from kernel import clock
from shop.proof.ground import buying
from workflows.checkout import PlacedGroup
from workflows.order_paid import Outcome as Settled

MOST_PACKS = 3
TRIES = 4
ENDINGS = {"pay": 45, "cancel": 15, "lapse": 15, "leave": 10, "pay and cancel": 15}
"""How a buyer who is in no rush goes on, and how often."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What one buyer sets out to do; in a rush all is bought, otherwise minds change."""

    seed: str
    first: str
    second: str
    is_rush: bool


@dataclass(slots=True)
class Told:
    """What buyers tell afterwards: what happened how often, and how long each try took."""

    counts: Counter[str] = field(default_factory=Counter)
    tries_s: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, parts: Iterable["Told"]) -> "Told":
        """Return what all of them tell together."""
        whole = cls()
        for part in parts:
            whole.add(part)
        return whole

    def add(self, part: "Told") -> None:
        """Take in what somebody else tells."""
        self.counts += part.counts
        self.tries_s += part.tries_s


def go_shopping(errand: Errand) -> Told:
    """Carry out one errand inside the application's context."""
    chance = Random(errand.seed)
    told = Told()
    if errand.is_rush:
        _rush(errand, chance, told)
    else:
        for _ in range(TRIES):
            placed, basket = _try(told, _basket(chance, [errand.first, errand.second]))
            if placed is not None:
                _end(told, placed, basket, _ending(chance))
    return told


def _rush(errand: Errand, chance: Random, told: Told) -> None:
    """Buy and pay until a single pack of either good is refused."""
    left = [errand.first, errand.second]
    while left:
        placed, basket = _try(told, _basket(chance, left))
        if placed is not None:
            _end(told, placed, basket, "pay")
            continue
        for sku in list(left):
            placed, basket = _try(told, {sku: 1})
            if placed is None:
                left.remove(sku)
            else:
                _end(told, placed, basket, "pay")


def _basket(chance: Random, goods: list[str]) -> dict[str, int]:
    """Return packs of one or of all goods, in any order."""
    chosen = chance.sample(goods, chance.randint(1, len(goods)))
    return {sku: chance.randint(1, MOST_PACKS) for sku in chosen}


def _ending(chance: Random) -> str:
    return chance.choices(list(ENDINGS), list(ENDINGS.values()))[0]


def _try(told: Told, basket: dict[str, int]) -> tuple[PlacedGroup | None, dict[str, int]]:
    """Place one order; None when there was not enough. Trouble of the database is counted."""
    started = time.monotonic()
    placed = None
    try:
        placed = buying.place(basket, at=clock.now())
        told.counts["orders placed"] += 1
    except NotEnoughStockError:
        told.counts["orders refused"] += 1
    except DBAPIError as error:
        _note(told, error)
    told.tries_s.append(time.monotonic() - started)
    return placed, basket


def _end(told: Told, placed: PlacedGroup, basket: Mapping[str, int], ending: str) -> None:
    try:
        if ending == "pay":
            _count_payment(
                told, buying.pay(placed.number, placed.total_minor, at=clock.now()), basket
            )
        elif ending == "cancel":
            told.counts["cancelled"] += buying.cancel(placed.number, at=clock.now())
        elif ending == "lapse":
            told.counts["lapsed"] += buying.expire(placed.number, at=clock.now())
        elif ending == "leave":
            told.counts["left unpaid"] += 1
        else:
            _pay_and_cancel(told, placed, basket)
    except DBAPIError as error:
        _note(told, error)


def _count_payment(told: Told, outcome: Settled | None, basket: Mapping[str, int]) -> None:
    told.counts[f"payments {outcome}"] += 1
    if outcome is Settled.SETTLED:
        told.counts["packs paid"] += sum(basket.values())


def _pay_and_cancel(told: Told, placed: PlacedGroup, basket: Mapping[str, int]) -> None:
    """Pay and cancel at the same moment: exactly one of the two may come true."""
    start = Barrier(2)
    closed: list[bool] = []
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's documented way to hand it to a thread

    def cancel() -> None:
        with app.app_context():
            start.wait()
            closed.append(buying.cancel(placed.number, at=clock.now()))

    canceller = Thread(target=cancel)
    canceller.start()
    start.wait()
    outcome = buying.pay(placed.number, placed.total_minor, at=clock.now())
    canceller.join()
    _count_payment(told, outcome, basket)
    if closed != [outcome is Settled.LATE]:
        told.counts["error paid and cancelled"] += 1


def _note(told: Told, error: DBAPIError) -> None:
    told.counts[f"error {type(error.orig).__name__}"] += 1
