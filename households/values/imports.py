"""What a file of the monitoring platform brings, what is known, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from households.values.register import (
    Baseline,
    HouseholdCategory,
    HouseholdId,
    Monitoring,
    NewHousehold,
)
from households.values.watch import Measure, MeasureKind

Cells = Mapping[str, str]
"""One row of a file: column → text."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one cell; row 1 is the heading, column "" the whole row."""

    row: int
    column: str
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """What a category is called over one period."""

    category: HouseholdCategory
    term: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A household of the region as the register has it."""

    id: HouseholdId
    village_code: str
    members: int
    labour: int
    is_relocated: bool
    category: HouseholdCategory | None
    category_since: date | None
    baselines: Mapping[int, Baseline]
    risks: Mapping[date, Monitoring]
    measures: frozenset[tuple[MeasureKind, date]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportContext:
    """What a file is held against."""

    known: Mapping[str, Known]
    foreign: frozenset[str]
    """Numbers in the file that belong to households of other regions."""
    villages: frozenset[str]
    terms: Sequence[Term]
    today: date


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field a file changes, as a preview shows it."""

    row: int
    household_id: str
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SizeChange:
    """New counts of a household."""

    household_id: HouseholdId
    members: int
    labour: int
    is_relocated: bool


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """A new category from a day on."""

    household_id: HouseholdId
    category: HouseholdCategory
    on: date
    basis: str


@dataclass(slots=True)
class ImportPlan:
    """Everything a file would change; with faults nothing of it is done."""

    rows: int = 0
    faults: list[RowFault] = field(default_factory=list)
    shown: list[FieldChange] = field(default_factory=list)
    households: list[NewHousehold] = field(default_factory=list)
    sizes: list[SizeChange] = field(default_factory=list)
    categories: list[CategoryChange] = field(default_factory=list)
    baselines: list[tuple[HouseholdId, Baseline]] = field(default_factory=list)
    risks: list[tuple[HouseholdId, Monitoring]] = field(default_factory=list)
    ended_risks: list[tuple[HouseholdId, Monitoring]] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Say whether the file changes nothing."""
        return not self.shown
