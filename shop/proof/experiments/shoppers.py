"""Buyers of the oversell experiment, as they run in the processes of a crew."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Barrier, Thread
from typing import Protocol, TypeVar

from flask import Flask, current_app
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import DBAPIError, OperationalError

from catalog.errors import NotEnoughStockError
from kernel import clock
from shop.proof.ground import buying
from workflows.order_paid import Outcome as Settled

T = TypeVar("T")

MOST_PACKS = 3
BUSY_TRIES = 6
"""How often a buyer begins again who waited too long for somebody else's lock."""
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


class Till(Protocol):
    """Where a buyer orders and pays; what is answered otherwise than it should be is noted."""

    def place(self, told: Told, basket: Mapping[str, int]) -> str | None:
        """Place one order and return its number; None when there was not enough."""

    def pay(self, told: Told, number: str) -> bool | None:
        """Pay; True if the goods are the buyer's now, None if it cannot be told."""

    def cancel(self, told: Told, number: str) -> bool:
        """Cancel an unpaid order; False when it was paid or closed."""

    def lapse(self, told: Told, number: str) -> bool:
        """Let the time for paying run out; False when it was paid."""

    def beside(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return the work as another thread may do it."""


def go_shopping(errand: Errand) -> Told:
    """Carry out one errand inside the application's context."""
    return shop_at(WorkflowTill(), errand)


def shop_at(till: Till, errand: Errand) -> Told:
    """Carry out one errand."""
    chance = Random(errand.seed)
    told = Told()
    if errand.is_rush:
        _rush(till, errand, chance, told)
    else:
        for _ in range(TRIES):
            number, basket = _try(till, told, _basket(chance, [errand.first, errand.second]))
            if number is not None:
                _end(till, told, number, basket, _ending(chance))
    return told


def _rush(till: Till, errand: Errand, chance: Random, told: Told) -> None:
    """Buy and pay until a single pack of either good is refused."""
    left = [errand.first, errand.second]
    while left:
        number, basket = _try(till, told, _basket(chance, left))
        if number is not None:
            _end(till, told, number, basket, "pay")
            continue
        for sku in list(left):
            number, basket = _try(till, told, {sku: 1})
            if number is None:
                left.remove(sku)
            else:
                _end(till, told, number, basket, "pay")


def _basket(chance: Random, goods: list[str]) -> dict[str, int]:
    """Return packs of one or of all goods, in any order."""
    chosen = chance.sample(goods, chance.randint(1, len(goods)))
    return {sku: chance.randint(1, MOST_PACKS) for sku in chosen}


def _ending(chance: Random) -> str:
    return chance.choices(list(ENDINGS), list(ENDINGS.values()))[0]


def _try(till: Till, told: Told, basket: dict[str, int]) -> tuple[str | None, dict[str, int]]:
    started = time.monotonic()
    number = till.place(told, basket)
    told.counts["orders refused" if number is None else "orders placed"] += 1
    told.tries_s.append(time.monotonic() - started)
    return number, basket


def _end(till: Till, told: Told, number: str, basket: Mapping[str, int], ending: str) -> None:
    if ending == "pay":
        _count_payment(told, till.pay(told, number), basket)
    elif ending == "cancel":
        told.counts["cancelled"] += till.cancel(told, number)
    elif ending == "lapse":
        told.counts["lapsed"] += till.lapse(told, number)
    elif ending == "leave":
        told.counts["left unpaid"] += 1
    else:
        _pay_and_cancel(till, told, number, basket)


def _count_payment(told: Told, is_bought: bool | None, basket: Mapping[str, int]) -> None:  # noqa: FBT001 -- an answer
    told.counts["payments settled" if is_bought else "payments late"] += 1
    if is_bought:
        told.counts["packs paid"] += sum(basket.values())


def _pay_and_cancel(till: Till, told: Told, number: str, basket: Mapping[str, int]) -> None:
    """Pay and cancel at the same moment: exactly one of the two may come true."""
    start = Barrier(2)
    closed: list[bool] = []
    aside = Told()

    def cancel() -> None:
        start.wait()
        closed.append(till.cancel(aside, number))

    canceller = Thread(target=till.beside(cancel))
    canceller.start()
    start.wait()
    is_bought = till.pay(told, number)
    canceller.join()
    told.add(aside)
    _count_payment(told, is_bought, basket)
    if closed != [is_bought is False]:
        told.counts["error paid and cancelled"] += 1


class WorkflowTill:
    """Orders and pays through the workflows; trouble of the database is counted."""

    def __init__(self) -> None:
        """Remember what orders cost."""
        self._totals: dict[str, int] = {}

    def place(self, told: Told, basket: Mapping[str, int]) -> str | None:
        """Place one order and return its number; None when there was not enough."""
        try:
            placed = _patiently(told, lambda: buying.place(basket, at=clock.now()))
        except NotEnoughStockError:
            return None
        except DBAPIError as error:
            _note(told, error)
            return None
        self._totals[placed.number] = placed.total_minor
        return placed.number

    def pay(self, told: Told, number: str) -> bool | None:
        """Pay; True if the goods are the buyer's now, None if it cannot be told."""
        try:
            total = self._totals[number]
            row_id = _patiently(told, lambda: buying.tell_paid(number, total, at=clock.now()))
            if row_id is None:
                return None
            outcome = _patiently(told, lambda: buying.apply_told(row_id, at=clock.now()))
        except DBAPIError as error:
            _note(told, error)
            return None
        return outcome is Settled.SETTLED

    def cancel(self, told: Told, number: str) -> bool:
        """Cancel an unpaid order; False when it was paid or closed."""
        try:
            return _patiently(told, lambda: buying.cancel(number, at=clock.now()))
        except DBAPIError as error:
            _note(told, error)
            return False

    def lapse(self, told: Told, number: str) -> bool:
        """Let the time for paying run out; False when it was paid."""
        try:
            return _patiently(told, lambda: buying.expire(number, at=clock.now()))
        except DBAPIError as error:
            _note(told, error)
            return False

    def beside(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return the work as another thread may do it, inside the application's context."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's documented way to hand it to a thread

        def inside() -> None:
            with app.app_context():
                work()

        return inside


def _patiently(told: Told, work: Callable[[], T]) -> T:
    """Do it again when a lock was not to be had in time, as clients and workers do."""
    for _ in range(BUSY_TRIES):
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            told.counts["put off because the shop was busy"] += 1
    return work()


def _note(told: Told, error: DBAPIError) -> None:
    told.counts[f"error {type(error.orig).__name__}"] += 1
