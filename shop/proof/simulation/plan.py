"""What happens in one run, drawn from its seed: the same seed is the same story."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from shop.proof.simulation.market import Market, Parcel

STRETCHES = 4
"""Stretches of trade; a settlement lies between two of them."""

DAYS = 7
"""Days of a stretch, which are the days of the settlement that follows."""

PART_PERCENT, FULL_PERCENT = 45, 30
"""How many parcels are refunded in parts, and how many in full; the others are kept."""

RETURNED_PERCENT = 20
"""How many payments the bank sends back."""


class Act(StrEnum):
    """What an event does."""

    DELIVER = "deliver"
    REFUND_PART = "refund part"
    REFUND_FULL = "refund in full"
    CONFIRM_REFUND = "confirm refund"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to one parcel at a moment of the virtual clock."""

    act: Act
    parcel: Parcel
    at: datetime
    part: int = 0
    """Which of the parcel's partial refunds it is."""
    minor: int = 0

    @property
    def refund_key(self) -> str:
        """Return the name by which a partial refund is known."""
        return f"part:{self.parcel.number}:{self.part}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of trade: each seller's events, which keep their order among themselves."""

    number: int
    streams: tuple[tuple[Event, ...], ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    seed: int
    stretches: tuple[Stretch, ...]

    @property
    def events(self) -> int:
        """Return how many events it has, without settlements."""
        return sum(len(stream) for one in self.stretches for stream in one.streams)


def draw(market: Market, seed: int) -> Plan:
    """Draw the plan of a seed."""
    chance = Random(seed)
    stories = [[_story(chance, parcel) for parcel in sent] for sent in market.parcels.values()]
    stretches = []
    for number in range(STRETCHES):
        begins_at = market.begins_at + timedelta(days=number * DAYS, hours=1)
        streams = [_stream(chance, of_seller, number, begins_at) for of_seller in stories]
        stretches.append(
            Stretch(number, tuple(streams), begins_at + timedelta(days=DAYS, hours=-2))
        )
    return Plan(seed, tuple(stretches))


@dataclass(frozen=True, slots=True)
class _Step:
    act: Act
    parcel: Parcel
    stretch: int
    part: int = 0
    minor: int = 0


def _story(chance: Random, parcel: Parcel) -> list[_Step]:
    """Draw what becomes of one parcel, step by step, each in its stretch."""
    stretch = chance.randrange(STRETCHES)
    steps = [_Step(Act.DELIVER, parcel, stretch)]
    fate = chance.randrange(100)
    if fate < PART_PERCENT:
        left, part = parcel.gross_minor, 0
        while left and part < 3:  # noqa: PLR2004 -- three thirds show every remainder
            part += 1
            minor = left if chance.random() < 0.2 else chance.randint(1, left)  # noqa: PLR2004
            left -= minor
            stretch = chance.randrange(stretch, STRETCHES)
            steps.append(_Step(Act.REFUND_PART, parcel, stretch, part, minor))
    elif fate < PART_PERCENT + FULL_PERCENT:
        stretch = chance.randrange(stretch, STRETCHES)
        steps.append(_Step(Act.REFUND_FULL, parcel, stretch))
        stretch = chance.randrange(stretch, STRETCHES)
        steps.append(_Step(Act.CONFIRM_REFUND, parcel, stretch))
    return steps


def _stream(
    chance: Random, stories: Sequence[Sequence[_Step]], stretch: int, begins_at: datetime
) -> tuple[Event, ...]:
    """Mix the steps of a seller's parcels; those of one parcel keep their order."""
    waiting = [[step for step in story if step.stretch == stretch] for story in stories]
    return tuple(
        Event(
            step.act, step.parcel, begins_at + timedelta(minutes=place), step.part, step.minor
        )
        for place, step in enumerate(_mixed(chance, waiting))
    )


def _mixed(chance: Random, waiting: Sequence[list[_Step]]) -> Iterator[_Step]:
    while left := [steps for steps in waiting if steps]:
        yield chance.choice(left).pop(0)
