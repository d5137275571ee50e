"""Closes the past periods of the sample: wages, rent, dividends, refunds, village money.

Everything goes through the commands of live closes, in the order of time. Figures follow from
the payer and the period alone, so that every load gives the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy.orm import Session

from households import service as households
from households.service import Decision, Ruling
from households.values import (
    WITHOUT_NOTICE,
    AllotmentSource,
    Attendance,
    HouseholdId,
    LinkageModel,
    NewAllotment,
    NewDocument,
    ObjectionOutcome,
    ResolutionBody,
)
from kernel.clock import SHANGHAI, local_date, next_month
from kernel.errors import InvalidError
from ledger import queries as ledger_queries
from shop.sample import contracts
from shop.sample.checks import Files
from shop.sample.demand import MONTHS
from workflows import allotment_final, receivable_collected
from workflows.receivable_collected import BankReceipt

MORNING: Final = time(10, 0, tzinfo=SHANGHAI)
DAY: Final = timedelta(days=1)
PAYROLL_AFTER: Final = timedelta(days=5)
DECIDED_AFTER: Final = timedelta(days=40)
"""How long after a year its results are decided."""
UNPAID_PAYER: Final = "C09"
"""Still owes its last payroll."""
MONTHLY_PAYERS: Final = ("C03", "C05", "C09")
HALF_MONTHS: Final = 6
COLLECTIVES: Final = ("C03", "C15", "C20")
"""Village collectives; households elsewhere share in the district's assets."""
DISPUTED_PAYER: Final = "C03"
"""Its second dividend was stopped by an objection."""
PAPER: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
"""An empty sheet: the sample has no minutes."""
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
    def body(self) -> ResolutionBody:
        """Return who decides."""
        if self.model in WITHOUT_NOTICE:
            return ResolutionBody.PAYROLL
        if self.payer == contracts.DISTRICT_OPERATOR:
            return ResolutionBody.BOARD
        if self.source is not AllotmentSource.OWN or self.model is LinkageModel.ASSET:
            return ResolutionBody.VILLAGE_ASSEMBLY
        return ResolutionBody.MEMBERS_MEETING


def load(session: Session, files: Files, *, until: datetime) -> int:
    """Carry out every close that was due until a moment and return how many there are."""
    planned = sorted(_plan(files, local_date(until)), key=_order)
    for close in planned:
        _carry_out(session, close, until=until)
    return len(planned)


def _order(close: Close) -> tuple[date, str, str, date]:
    return close.decided_on, close.payer, close.model.value, close.period[0]


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


def _carry_out(session: Session, close: Close, *, until: datetime) -> None:
    """Take one close from its draft to where it stands at `until`."""
    at = datetime.combine(close.decided_on, MORNING)
    if at > until:
        return
    code = _draw_up(session, close, at)
    if code is None:
        return
    if close.model in WITHOUT_NOTICE:
        allotment_final.finalise(session, code, at=at)
    else:
        last = households.publish_allotment(session, code, at=at)
        at = datetime.combine(last + DAY, MORNING)
        if close.is_disputed:
            _dispute(session, code, at - 3 * DAY)
            return
        if at > until:
            return
        allotment_final.finalise(session, code, at=at)
    is_late = close.payer == UNPAID_PAYER and next_month(close.period[1].replace(day=1)) >= (
        local_date(until).replace(day=1)
    )
    if not is_late:
        _pay_in(session, code, at + DAY)


def _draw_up(session: Session, close: Close, at: datetime) -> str | None:
    """Draw up and decide a close; None where there is nothing to divide."""
    basis = close.basis | _village_income(session, close)
    code = households.draw_up_allotment(
        session,
        NewAllotment(
            organisation_code=close.payer,
            model=close.model,
            period_from=close.period[0],
            period_to=close.period[1],
            proposed_by=f"clerk:{close.payer}",
            contract_code=close.contract,
            source=close.source,
            basis=basis,
        ),
        at=at,
    )
    if close.attendance:
        households.set_attendance(session, code, close.attendance)
    if close.model not in WITHOUT_NOTICE:
        paper = NewDocument(
            title="决议记录(样例)",
            file_name="minutes.pdf",
            media_type="application/pdf",
            content=PAPER,
        )
        households.add_document(session, code, paper, by=f"clerk:{close.payer}", at=at)
    try:
        total = households.work_out(session, code, on=close.decided_on).total_minor
    except InvalidError:
        total = 0
    if not total:
        households.withdraw_allotment(session, code, reason="本期没有可分配的金额", at=at)
        return None
    decision = Decision(
        body=close.body,
        decided_on=close.decided_on,
        by=f"manager:{close.payer}",
        total_minor=total,
    )
    households.resolve_allotment(session, code, decision, at=at)
    return code


def _village_income(session: Session, close: Close) -> dict[str, Any]:
    """Return what the village holds, where its money is to be divided."""
    if close.source is AllotmentSource.OWN:
        return {}
    fund = ".fund" if close.source is AllotmentSource.FUND else ""
    account = f"L:payable:village:{contracts.VILLAGE_OF_COLLECTIVE}{fund}"
    since, until = close.period
    months = ledger_queries.list_month_totals(session, account, since=since, until=until + DAY)
    return {"income_minor": sum(month.credit_minor - month.debit_minor for month in months)}


def _dispute(session: Session, code: str, at: datetime) -> None:
    objection_id = households.object_to_allotment(
        session,
        code,
        "股份数与股东名册不一致，请核对。",
        by="person:sample",
        household_id=None,
        at=at,
    )
    ruling = Ruling(
        objection_id=objection_id,
        outcome=ObjectionOutcome.UPHELD,
        answer="核对属实，本方案停止，另行制表。",
        by=f"manager:{DISPUTED_PAYER}",
    )
    households.rule_on_objection(session, code, ruling, at=at + DAY)


def _pay_in(session: Session, code: str, at: datetime) -> None:
    """Let the payer pay in what it did not hold."""
    account = allotment_final.receivable_of(code)
    owed = ledger_queries.list_balances(session, [account])[account]
    if owed:
        receipt = BankReceipt(allotment_code=code, reference=f"S-{code}"[:40], minor=owed)
        receivable_collected.record_collection(session, receipt, at=at)


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
