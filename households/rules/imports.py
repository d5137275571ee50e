"""Hold a file of the monitoring platform against the register and plan what it changes.

Every row is read to its end, so that all faults of a file are told at once. The plan of a file
that says what the register says is empty; a plan with faults is never carried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from households.rules import cells
from households.rules.cells import HOUSEHOLD_NUMBER, STATUS_WORDS, YES_NO, Line, yuan
from households.values import (
    Baseline,
    HouseholdId,
    Measure,
    MeasureKind,
    Monitoring,
    NewHousehold,
    RiskStatus,
)
from households.values.imports import (
    CategoryChange,
    Cells,
    FieldChange,
    ImportContext,
    ImportPlan,
    Known,
    RowFault,
    SizeChange,
)

MAX_ROWS = 2_000
FIRST_ROW = 2
"""Row 1 holds the headings."""
INCOMES = (
    (cells.WAGE, "wage_minor"),
    (cells.GROSS, "operating_gross_minor"),
    (cells.COST, "operating_cost_minor"),
    (cells.PROPERTY, "property_minor"),
    (cells.TRANSFER, "transfer_minor"),
    (cells.MEDICAL, "medical_minor"),
)


def plan_reclassification(rows: Sequence[Cells], context: ImportContext) -> ImportPlan:
    """Plan new categories from a day on: household, category, day, basis."""
    plan = ImportPlan(rows=len(rows))
    if not _has_shape(rows, (cells.HOUSEHOLD, cells.NEW_CATEGORY, cells.FROM), plan):
        return plan
    seen: set[str] = set()
    for number, row in enumerate(rows, start=FIRST_ROW):
        line = Line(number, row, plan.faults)
        known = _find_known(line, context, seen)
        on = line.day(cells.FROM)
        category = line.term(cells.NEW_CATEGORY, context.terms, on)
        basis = line.words(cells.BASIS)
        if on is not None and on > context.today:
            line.fault(cells.FROM, "cell_in_future")
        if known is None:
            if line.is_sound:
                line.fault(cells.HOUSEHOLD, "household_unknown")
        elif category is not None and on is not None:
            column = cells.NEW_CATEGORY, cells.FROM
            _plan_category(
                plan, line, known, CategoryChange(known.id, category, on, basis), column
            )
    return plan


def plan_register(rows: Sequence[Cells], context: ImportContext) -> ImportPlan:
    """Plan what a register file changes: counts, category, a year's income, risk, measures."""
    plan = ImportPlan(rows=len(rows))
    needed = (cells.HOUSEHOLD, cells.VILLAGE, cells.CATEGORY, cells.SINCE)
    if not _has_shape(rows, (*needed, cells.MEMBERS, cells.LABOUR), plan):
        return plan
    seen: set[str] = set()
    for number, row in enumerate(rows, start=FIRST_ROW):
        _plan_row(plan, Line(number, row, plan.faults), context, seen)
    return plan


def _has_shape(rows: Sequence[Cells], needed: Sequence[str], plan: ImportPlan) -> bool:
    if not rows:
        plan.faults.append(RowFault(1, "", "file_empty"))
    elif len(rows) > MAX_ROWS:
        plan.faults.append(RowFault(1, "", "file_too_long", str(MAX_ROWS)))
    else:
        for column in needed:
            if column not in rows[0]:
                plan.faults.append(RowFault(1, column, "column_missing"))
    return not plan.faults


def _find_known(line: Line, context: ImportContext, seen: set[str]) -> Known | None:
    """Return the household of a row; a number that may not stand there becomes a fault."""
    number = line.text(cells.HOUSEHOLD)
    if not HOUSEHOLD_NUMBER.fullmatch(number) or not number.isascii():
        line.fault(cells.HOUSEHOLD, "household_number_invalid")
    elif number in context.foreign:
        line.fault(cells.HOUSEHOLD, "household_not_yours")
    elif number in seen:
        line.fault(cells.HOUSEHOLD, "household_twice")
    seen.add(number)
    return context.known.get(number)


@dataclass(frozen=True, slots=True)
class _Read:
    """One sound row of a register file."""

    village: str
    category: CategoryChange
    size: tuple[int, int, bool]
    baseline: Baseline | None
    risk: Monitoring | None
    measures: Sequence[tuple[MeasureKind, date]]


def _plan_row(plan: ImportPlan, line: Line, context: ImportContext, seen: set[str]) -> None:
    known = _find_known(line, context, seen)
    read = _read_row(line, context, known)
    if read is None:
        return
    if known is None:
        known = _plan_new(plan, line, read)
    else:
        _plan_size(plan, line, known, read.size)
        _plan_category(plan, line, known, read.category, (cells.CATEGORY, cells.SINCE))
    if read.baseline is not None:
        _plan_baseline(plan, line, known, read.baseline)
    if read.risk is not None:
        _plan_risk(plan, line, known, read.risk)
    for kind, day in read.measures:
        if (kind, day) not in known.measures:
            plan.measures.append(Measure(household_id=known.id, kind=kind, since=day))
            _show(plan, line, cells.MEASURES, "", f"{kind}@{day}")


def _read_row(line: Line, context: ImportContext, known: Known | None) -> _Read | None:
    """Return a row read to its end, or None when any cell of it is at fault."""
    village = _read_village(line, context, known)
    since = line.day(cells.SINCE)
    category = line.term(cells.CATEGORY, context.terms, since)
    size = _read_size(line)
    baseline = _read_baseline(line, context)
    risk = _read_risk(line, context)
    measures = line.measures(cells.MEASURES)
    for column, day in ((cells.SINCE, since), *((cells.MEASURES, day) for _, day in measures)):
        if day is not None and day > context.today:
            line.fault(column, "cell_in_future")
    if category is None or since is None or size is None or not line.is_sound:
        return None
    wanted = CategoryChange(_number(line), category, since, "")
    return _Read(village, wanted, size, baseline, risk, measures)


def _read_village(line: Line, context: ImportContext, known: Known | None) -> str:
    village = line.text(cells.VILLAGE)
    if village not in context.villages:
        line.fault(cells.VILLAGE, "village_not_yours")
    elif known is not None and village != known.village_code:
        line.fault(cells.VILLAGE, "village_differs")
    return village


def _number(line: Line) -> HouseholdId:
    return HouseholdId(line.text(cells.HOUSEHOLD))


def _read_size(line: Line) -> tuple[int, int, bool] | None:
    members, labour = line.whole(cells.MEMBERS), line.whole(cells.LABOUR)
    relocated = line.read(cells.RELOCATED, "cell_not_yes_no", YES_NO.get, needed=False)
    if members is None or labour is None:
        return None
    if members == 0:
        line.fault(cells.MEMBERS, "nobody_lives_there")
    if labour > members:
        line.fault(cells.LABOUR, "more_labour_than_members")
    return members, labour, bool(relocated)


def _read_baseline(line: Line, context: ImportContext) -> Baseline | None:
    """Return the year's income; a row without a year brings none."""
    if not line.text(cells.YEAR):
        for column, _ in INCOMES:
            if line.text(column):
                line.fault(column, "year_missing")
        return None
    year = line.read(cells.YEAR, "cell_not_a_year", _year)
    amounts = {name: line.amount(column) for column, name in INCOMES}
    for column, name in INCOMES:
        if amounts[name] < 0 and column != cells.TRANSFER:
            line.fault(column, "cell_negative")
    if year is None:
        return None
    if year > context.today.year:
        line.fault(cells.YEAR, "cell_in_future")
    return Baseline(year=year, **amounts)


def _year(text: str) -> int | None:
    is_year = text.isascii() and text.isdigit() and len(text) == len("2026")
    return int(text) if is_year and int(text) >= cells.EARLIEST.year else None


def _read_risk(line: Line, context: ImportContext) -> Monitoring | None:
    """Return the risk of a row; a row without a day of recognition brings none."""
    recognised = line.day(cells.RECOGNISED, needed=False)
    if recognised is None:
        for column in (cells.RISK, cells.STATUS, cells.ELIMINATED):
            if line.text(column) and not line.text(cells.RECOGNISED):
                line.fault(column, "recognised_missing")
        return None
    if recognised > context.today:
        line.fault(cells.RECOGNISED, "cell_in_future")
    status = line.read(cells.STATUS, "status_unknown", STATUS_WORDS.get)
    eliminated = line.day(cells.ELIMINATED, needed=False)
    if eliminated is not None:
        _check_eliminated(line, status, recognised, eliminated, context.today)
    if status is None:
        return None
    return Monitoring(
        risk_type=line.words(cells.RISK),
        recognised_on=recognised,
        status=status,
        eliminated_on=eliminated,
    )


def _check_eliminated(
    line: Line, status: RiskStatus | None, recognised: date, eliminated: date, today: date
) -> None:
    if status is RiskStatus.MONITORING:
        line.fault(cells.ELIMINATED, "status_contradicts")
    elif not recognised <= eliminated <= today:
        line.fault(cells.ELIMINATED, "eliminated_out_of_order")


def _plan_new(plan: ImportPlan, line: Line, read: _Read) -> Known:
    members, labour, is_relocated = read.size
    wanted = read.category
    plan.households.append(
        NewHousehold(
            id=wanted.household_id,
            village_code=read.village,
            members=members,
            labour=labour,
            is_relocated=is_relocated,
            registered_on=wanted.on,
            category=wanted.category,
            basis=wanted.basis,
        )
    )
    _show(plan, line, cells.HOUSEHOLD, "", wanted.household_id)
    return Known(
        id=wanted.household_id,
        village_code=read.village,
        members=members,
        labour=labour,
        is_relocated=is_relocated,
        category=wanted.category,
        category_since=wanted.on,
        baselines={},
        risks={},
        measures=frozenset(),
    )


def _plan_size(plan: ImportPlan, line: Line, known: Known, size: tuple[int, int, bool]) -> None:
    before = known.members, known.labour, known.is_relocated
    if not line.text(cells.RELOCATED):
        size = (size[0], size[1], known.is_relocated)
    if size == before:
        return
    plan.sizes.append(SizeChange(known.id, *size))
    columns = (cells.MEMBERS, cells.LABOUR, cells.RELOCATED)
    for column, was, now in zip(columns, before, size, strict=True):
        if was != now:
            _show(plan, line, column, _word(was), _word(now))


def _plan_category(
    plan: ImportPlan,
    line: Line,
    known: Known,
    wanted: CategoryChange,
    columns: tuple[str, str],
) -> None:
    if wanted.category is known.category:
        return
    if known.category_since is not None and wanted.on <= known.category_since:
        line.fault(columns[1], "category_goes_back")
        return
    if not line.is_sound:
        return
    plan.categories.append(wanted)
    _show(plan, line, columns[0], str(known.category or ""), f"{wanted.category} {wanted.on}")


def _plan_baseline(plan: ImportPlan, line: Line, known: Known, baseline: Baseline) -> None:
    before = known.baselines.get(baseline.year)
    if before == baseline:
        return
    plan.baselines.append((known.id, baseline))
    for column, name in INCOMES:
        now = getattr(baseline, name)
        was = getattr(before, name) if before else 0
        if was != now or before is None:
            _show(
                plan, line, f"{column} {baseline.year}", yuan(was) if before else "", yuan(now)
            )


def _plan_risk(plan: ImportPlan, line: Line, known: Known, risk: Monitoring) -> None:
    before = known.risks.get(risk.recognised_on)
    if before is None:
        plan.risks.append((known.id, risk))
        _show(plan, line, cells.RECOGNISED, "", str(risk.recognised_on))
    elif before.status is RiskStatus.ELIMINATED and risk.status is RiskStatus.MONITORING:
        line.fault(cells.STATUS, "risk_goes_back")
    elif (before.status, before.eliminated_on) != (risk.status, risk.eliminated_on):
        plan.ended_risks.append((known.id, risk))
        _show(plan, line, cells.STATUS, str(before.status), str(risk.status))


def _show(plan: ImportPlan, line: Line, column: str, before: str, after: str) -> None:
    plan.shown.append(FieldChange(line.row, line.text(cells.HOUSEHOLD), column, before, after))


def _word(value: int | bool) -> str:  # noqa: FBT001 -- a count or a yes
    if isinstance(value, bool):
        return next(word for word, meaning in YES_NO.items() if meaning is value)
    return str(value)
