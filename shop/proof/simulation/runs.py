"""Delivers a plan calmly or as a storm and lets it be judged; nothing of it is kept."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from random import Random

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kernel.errors import ConflictError
from payments.errors import AnswersRefusedError
from shop.proof.simulation import acts, judge
from shop.proof.simulation.judge import Records
from shop.proof.simulation.market import Market
from shop.proof.simulation.plan import Event, Plan, Stretch

DELAYED_PERCENT, LOST_PERCENT = 30, 12
AT_ONCE_PERCENT = 50
"""How many events are repeated as soon as they have arrived; the others later."""
LATER_PERCENT = 40
"""How often one that waits for its repetition is repeated after an arrival."""


class Way(StrEnum):
    """How the events of a plan arrive."""

    CALM = "calm"
    """Each once, in the order of the plan."""
    STORM = "storm"
    """Each at least twice, in another allowed order, delayed, at times lost in the middle."""


@dataclass(slots=True)
class Run:
    """What came of one delivery of a plan."""

    wrong: list[str]
    records: Records
    deliveries: Counter[str] = field(default_factory=Counter)


def carry_out(engine: Engine, market: Market, plan: Plan, way: Way) -> Run:
    """Deliver a whole plan in one transaction, judge what is there, and forget it."""
    with Session(engine) as session:
        courier = _Courier(session, market, plan, way)
        courier.deliver_all()
        run = Run(courier.wrong, judge.read(session), courier.counts)
        session.rollback()
    return run


class _Courier:
    def __init__(self, session: Session, market: Market, plan: Plan, way: Way) -> None:
        self._session = session
        self._market = market
        self._plan = plan
        self._way = way
        self._chance = Random(f"{plan.seed}:{way}")
        self._due: list[Event] = []
        self.wrong: list[str] = []
        self.counts: Counter[str] = Counter()

    def deliver_all(self) -> None:
        """Deliver stretch after stretch, with a settlement between two of them."""
        for stretch in self._plan.stretches:
            self._trade(stretch)
            self._judge(f"after trade {stretch.number}")
            if stretch is not self._plan.stretches[-1]:
                settlement = acts.Settlement(self._market, stretch, self._plan.seed)
                self._settle(settlement.regular())
                self._settle(settlement.reissue())
                self._judge(f"after settlement {stretch.number}")
        if self._due:
            for event in self._due:
                self._repeat(event)
            self._judge("after the last repetition")

    def _judge(self, when: str) -> None:
        self.wrong += [f"{when}: {one}" for one in judge.list_wrong(self._session)]

    def _trade(self, stretch: Stretch) -> None:
        """Deliver until every seller's stream has arrived: what was lost is sent again."""
        streams = [list(stream) for stream in stretch.streams]
        while waiting := [stream for stream in streams if stream]:
            if self._way is Way.CALM:
                self._arrive(waiting[0].pop(0))
                continue
            stream = self._chance.choice(waiting)
            if self._falls(DELAYED_PERCENT):
                self.counts["delayed"] += 1
            elif self._falls(LOST_PERCENT):
                self._lose(partial(acts.deliver, event=stream[0]))
            else:
                event = stream.pop(0)
                self._arrive(event)
                self._echo(event)

    def _echo(self, event: Event) -> None:
        """Repeat an event at once or later: in its own stretch, in another, or at the end."""
        if self._falls(AT_ONCE_PERCENT):
            self._repeat(event)
        else:
            self._due.append(event)
        if self._due and self._falls(LATER_PERCENT):
            self._repeat(self._due.pop(self._chance.randrange(len(self._due))))

    def _arrive(self, event: Event) -> None:
        """Deliver an event for the first time; nobody may refuse it."""
        refusal = self._try(partial(acts.deliver, event=event))
        if refusal:
            self.wrong.append(f"{event.act} of {event.parcel.number} was refused: {refusal}")
        self.counts["delivered"] += 1

    def _repeat(self, event: Event) -> None:
        self._try(partial(acts.deliver, event=event))
        self.counts["repeated"] += 1

    def _settle(self, steps: list[acts.Step]) -> None:
        """Take every step of a settlement; one with nothing to pay ends early."""
        for step in steps:
            if self._way is Way.STORM and self._falls(LOST_PERCENT):
                self._lose(step)
            refusal = self._try(step)
            self.counts["steps"] += 1
            if self._way is Way.STORM:
                self._try(step)
                self.counts["repeated"] += 1
            if refusal in {"settlement_empty", "payout_nothing_returned"}:
                return
            if refusal:
                self.wrong.append(f"a step of a settlement was refused: {refusal}")

    def _lose(self, work: Callable[[Session], None]) -> None:
        """Do the work and lose it, as a process that ends before its commit."""
        kept = self._session.begin_nested()
        with suppress(ConflictError):
            work(self._session)
        kept.rollback()
        self.counts["lost"] += 1

    def _try(self, work: Callable[[Session], None]) -> str:
        """Do the work; return the code of its refusal, or nothing."""
        try:
            with self._session.begin_nested():
                work(self._session)
        except ConflictError as refusal:
            return refusal.code
        except AnswersRefusedError as refusal:
            return str(refusal)
        return ""

    def _falls(self, percent: int) -> bool:
        return self._chance.randrange(100) < percent
