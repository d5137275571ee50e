"""Plans the closes of the sample: wages, rent, dividends, refunds, village money.

Figures follow from the payer and the period alone, so that every load gives the same.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from households.values import (
    WITHOUT_NOTICE,
    AllotmentSource,
    Attendance,
    HouseholdId,
    LinkageModel,
    ResolutionBody,
)
from kernel.clock import SHANGHAI, local_date, next_month
from shop.sample import contracts
from shop.sample.checks import Files
from shop.sample.demand import MONTHS

MORNING: Final = time(10, 0, tzinfo=SHANGHAI)
DAY: Final = timedelta(days=1)
PAYROLL_AFTER: Final = timedelta(days=5)
DECIDED_AFTER: Final = timedelta(days=40)
"""How long after a year its results are decided."""
NOTICE: Final = timedelta(days=7)
UNPAID_PAYER: Final = "C09"
"""Still owes its last payroll."""
MONTHLY_PAYERS: Final = ("C03", "C05", "C09")
HALF_MONTHS: Final = 6
COLLECTIVES: Final = ("C03", "C15", "C20")
"""Village collectives; households elsewhere share in the district's assets."""
DISPUTED_PAYER: Final = "C03"
"""Its second dividend was stopped by an objection."""
DIVIDENDS: Final = (
    LinkageModel.GUARANTEED,
    LinkageModel.EQUITY,
    LinkageModel.PATRONAGE,
    LinkageModel.ASSET,
    LinkageModel.TRUST,
)
YUAN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """One period close that is to happen."""

    payer: str
    model: LinkageModel
    period: tuple[date, date]
    decided_on: date
    contract: str | None = None
    source: AllotmentSource = AllotmentSource.OWN
    basis: dict[str, Any] = field(default_factory=dict)
    attendance: Sequence[Attendance] = ()
    is_disputed: bool = False

    @property
    def effective_on(self) -> date:
        """Return about when money moves: at once, or after the public notice."""
        return self.decided_on + (timedelta() if self.model in WITHOUT_NOTICE else NOTICE)

    @property
    def body(self) -> ResolutionBody:
        """Return who decides."""
        if self.model in WITHOUT_NOTICE:
            return ResolutionBody.PAYROLL
        if self.payer == contracts.DISTRICT_OPERATOR:
            return ResolutionBody.BOARD
        if self.source is not AllotmentSource.OWN or self.model is LinkageModel.ASSET:
            return ResolutionBody.VILLAGE_ASSEMBLY
        return ResolutionBody.MEMBERS_MEETING


def plan(files: Files, *, until: datetime) -> deque[Close]:
    """Return every close up to a moment, in the order in which they take effect."""
    return deque(sorted(_plan(files, local_date(until)), key=_order))


def _order(close: Close) -> tuple[date, str, str, date]:
    return close.effective_on, close.payer, close.model.value, close.period[0]


def _plan(files: Files, today: date) -> Iterator[Close]:
    for (payer, model), members in sorted(_linked(files).items()):
        if model is LinkageModel.WAGE:
            yield from _payrolls(payer, members, today)
        elif model is LinkageModel.RENT:
            yield from _rents(payer, today)
        elif model is LinkageModel.RELIEFWORK:
            yield from _relief(payer, members, today)
        elif model in DIVIDENDS and (model is not LinkageModel.ASSET or payer in COLLECTIVES):
            yield from _dividends(payer, model, len(members), today)
    yield from _assets(today)


def _linked(files: Files) -> dict[tuple[str, LinkageModel], list[HouseholdId]]:
    """Return the households with a contract of their own, by payer and model."""
    linked: dict[tuple[str, LinkageModel], list[HouseholdId]] = {}
    for row in files.households:
        payer = row.cooperative_id
        if payer is None or row.linkage_models is None:
            continue
        models = [LinkageModel(code) for code in row.linkage_models.split("|")]
        if payer in contracts.TRUSTED:
            models.append(LinkageModel.TRUST)
        for model in models:
            linked.setdefault((payer, model), []).append(HouseholdId(row.household_id))
    payer = contracts.VILLAGE_COLLECTIVE
    linked[payer, LinkageModel.RELIEFWORK] = contracts.relief_households(files)
    return linked


def _payrolls(payer: str, members: Sequence[HouseholdId], today: date) -> Iterator[Close]:
    """Pay wages by the month where the demo shows them, else by the half-year."""
    monthly = payer in MONTHLY_PAYERS
    for first, last in _months(today) if monthly else _halves(today):
        decided_on = last + PAYROLL_AFTER
        if decided_on < today:
            random = Random(f"wage {payer} {first}")
            months = 1 if monthly else HALF_MONTHS
            yield Close(
                payer=payer,
                model=LinkageModel.WAGE,
                period=(first, last),
                decided_on=decided_on,
                attendance=[
                    Attendance(household_id=one, half_days=random.randint(16, 44) * months)
                    for one in members
                ],
            )


def _relief(payer: str, members: Sequence[HouseholdId], today: date) -> Iterator[Close]:
    """Pay last autumn's relief work in two payrolls; the second ends the project."""
    random = Random(f"relief {payer} {today.year}")
    year = today.year - 1
    for first, last, half_days, ends in (
        (date(year, 9, 1), date(year, 10, 31), 40, False),
        (date(year, 11, 1), date(year, 11, 30), 20, True),
    ):
        yield Close(
            payer=payer,
            model=LinkageModel.RELIEFWORK,
            period=(first, last),
            decided_on=last + PAYROLL_AFTER,
            basis={"closes_project": True} if ends else {},
            attendance=[
                Attendance(household_id=one, half_days=half_days + random.randint(0, 5))
                for one in members
            ],
        )


def _rents(payer: str, today: date) -> Iterator[Close]:
    """Pay rent for the last contract year that is over, in arrears."""
    last = date(today.year, 6, 30)
    if last + PAYROLL_AFTER < today:
        yield Close(
            payer=payer,
            model=LinkageModel.RENT,
            period=(date(today.year - 1, 7, 1), last),
            decided_on=last + PAYROLL_AFTER,
        )


def _dividends(payer: str, model: LinkageModel, members: int, today: date) -> Iterator[Close]:
    """Decide last year's results; one payer also tried a dividend for half of this year."""
    year = today.year - 1
    period = date(year, 1, 1), date(year, 12, 31)
    random = Random(f"{model} {payer} {year}")
    yield Close(
        payer=payer,
        model=model,
        period=period,
        decided_on=period[1] + DECIDED_AFTER,
        basis=_declared(model, random, members),
    )
    half = date(today.year, 1, 1), date(today.year, 6, 30)
    if payer == DISPUTED_PAYER and model is LinkageModel.EQUITY:
        decided_on = half[1] + DECIDED_AFTER
        if decided_on + PAYROLL_AFTER < today:
            yield Close(
                payer=payer,
                model=model,
                period=half,
                decided_on=decided_on,
                basis=_declared(model, random, members),
                is_disputed=True,
            )


def _declared(model: LinkageModel, random: Random, members: int) -> dict[str, Any]:
    """Return a year's declared figures, so large that a household gets some hundred yuan."""
    minor = members * random.randint(900, 2_400) * YUAN
    if model is LinkageModel.PATRONAGE:
        return {"surplus_minor": minor}
    if model is LinkageModel.ASSET:
        return {"income_minor": minor}
    return {"profit_minor": minor * 4 if model is LinkageModel.GUARANTEED else minor}


def _assets(today: date) -> Iterator[Close]:
    """Divide last year's asset income of the district, and lately that of half of this year."""
    payer = contracts.DISTRICT_OPERATOR
    for first, last, decided_on in (
        (
            date(today.year - 1, 1, 1),
            date(today.year - 1, 12, 31),
            date(today.year - 1, 12, 31) + DECIDED_AFTER,
        ),
        (date(today.year, 1, 1), _last_half(today), today - 2 * DAY),
    ):
        if first < last < decided_on:
            random = Random(f"asset {payer} {last}")
            yield Close(
                payer=payer,
                model=LinkageModel.ASSET,
                period=(first, last),
                decided_on=decided_on,
                contract=f"HT-{payer}-ASSET",
                basis={"income_minor": random.randint(60_000, 90_000) * YUAN},
            )
    yield from _village_money(today)


def _village_money(today: date) -> Iterator[Close]:
    """Divide what a village has from sales of its producer until last winter, and its fund."""
    payer = contracts.VILLAGE_COLLECTIVE
    year = today.year - 1
    for source in (AllotmentSource.VILLAGE, AllotmentSource.FUND):
        yield Close(
            payer=payer,
            model=LinkageModel.ASSET,
            period=(date(year, 7, 1), date(year, 12, 31)),
            decided_on=date(year, 12, 31) + DECIDED_AFTER,
            contract=f"HT-{payer}-ASSET",
            source=source,
            basis={"income_minor": 0},
        )


def _months(today: date) -> Iterator[tuple[date, date]]:
    year, month = divmod(today.year * 12 + today.month - 1 - MONTHS, 12)
    first = date(year, month + 1, 1)
    while next_month(first) <= today:
        yield first, next_month(first) - DAY
        first = next_month(first)


def _halves(today: date) -> Iterator[tuple[date, date]]:
    """Return the half-years that lie in the past trade, all over by more than some days."""
    for year in (today.year - 1, today.year):
        for first, last in (
            (date(year, 1, 1), date(year, 6, 30)),
            (date(year, 7, 1), date(year, 12, 31)),
        ):
            if last + PAYROLL_AFTER < today and first >= date(today.year - 1, 7, 1):
                yield first, last


def _last_half(today: date) -> date:
    """Return the last day of the latest half of this year that is over."""
    return date(today.year, 6, 30)
