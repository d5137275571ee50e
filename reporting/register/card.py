"""Everything the register and the platform know of one household, without its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from households import queries as households
from households.models import LinkageContract
from households.queries import histories, procedures
from households.queries.histories import (
    CategoryPeriod,
    MeasureRow,
    MembershipRow,
    RiskPeriod,
    VisitRow,
)
from households.queries.procedures import ProcedureRow
from households.queries.register import HouseholdCard
from households.rules.watch import is_below_line
from households.values import (
    Baseline,
    HouseholdId,
    IncomeClass,
    LinkageModel,
)
from kernel import policy
from kernel.errors import NotFoundError
from kernel.policy import LatestValue
from kernel.rows import fill_all
from parties.models import Organisation
from reporting.register import income, links

PARAM_LINE = "monitor_line_per_capita_year"
VISITS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A contract in force that links the household."""

    contract_code: str
    organisation_name: str
    model: LinkageModel
    income_class: IncomeClass
    is_own: bool
    """False for a seller's contract with all its producers."""


@dataclass(frozen=True, slots=True)
class LineOfYear:
    """The monitoring line a year is read against, and of which year it is, in fen a person."""

    minor: int
    year: int
    is_own: bool
    """False when nothing was published for the year itself and an earlier line stands in."""


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A registered year against its line."""

    baseline: Baseline
    line: LineOfYear | None
    is_below: bool | None
    """Strictly below; None without a line of the year itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdFile:
    """One household with its histories."""

    card: HouseholdCard
    categories: Sequence[CategoryPeriod]
    risks: Sequence[RiskPeriod]
    memberships: Sequence[MembershipRow]
    baselines: Sequence[BaselineRow]
    measures: Sequence[MeasureRow]
    visits: Sequence[VisitRow]
    procedures: Sequence[ProcedureRow]
    contracts: Sequence[LinkRow]
    credited: Mapping[IncomeClass, int]
    line: LineOfYear | None
    """The line beside this year's credited income."""
    year: int

    @property
    def credited_minor(self) -> int:
        """Return what the platform credited this year in all classes."""
        return sum(self.credited.values())


def find_place(session: Session, household_id: HouseholdId, *, on: date) -> HouseholdCard:
    """Return the household's card; raises `NotFoundError`. The caller checks the region."""
    card = households.find_household(session, household_id, on=on)
    if card is None:
        raise NotFoundError("household_not_found", f"no household {household_id}")
    return card


def read_file(session: Session, card: HouseholdCard, *, on: date) -> HouseholdFile:
    """Return what there is to read of a household on a day."""
    year = on.year
    return HouseholdFile(
        card=card,
        categories=histories.list_categories(session, card.id),
        risks=histories.list_risks(session, card.id),
        memberships=histories.list_memberships(session, card.id),
        baselines=[
            _against_line(session, baseline, card.members)
            for baseline in histories.list_baselines(session, card.id)
        ],
        measures=histories.list_measures(session, card.id),
        visits=histories.list_visits(session, card.id, limit=VISITS_SHOWN),
        procedures=procedures.list_household_procedures(session, card.id),
        contracts=_links(session, card.id, on=on),
        credited=income.credited_by_class(
            session, card.id, since=date(year, 1, 1), until=date(year + 1, 1, 1)
        ),
        line=find_line(session, year, on=on),
        year=year,
    )


def find_line(session: Session, year: int, *, on: date | None = None) -> LineOfYear | None:
    """Return the monitoring line for a year, or the newest before it, or None.

    A line that was not published for the year itself is never carried on silently: it says of
    which year it is.
    """
    found = policy.find_latest(session, PARAM_LINE, on=min(on or date.max, date(year, 12, 31)))
    return None if found is None else _line(found, year)


def _line(found: LatestValue, year: int) -> LineOfYear:
    last = found.valid_to.year if found.valid_to else year
    return LineOfYear(int(found.value), min(last, year), found.is_in_force)


def _against_line(session: Session, baseline: Baseline, members: int) -> BaselineRow:
    line = find_line(session, baseline.year)
    is_below = None
    if line is not None and line.is_own:
        is_below = is_below_line(baseline.net_minor, members, line.minor)
    return BaselineRow(baseline, line, is_below)


def _links(session: Session, household_id: HouseholdId, *, on: date) -> Sequence[LinkRow]:
    found = links.linked(links.find_days(session, on=on))
    return fill_all(
        LinkRow,
        session.execute(
            select(
                LinkageContract.code,
                Organisation.name,
                found.c.model_code,
                found.c.income_class,
                LinkageContract.household_id.is_not(None),
            )
            .join(LinkageContract, LinkageContract.id == found.c.contract_id)
            .join(Organisation, Organisation.code == found.c.organisation_code)
            .where(found.c.household_id == household_id)
            .order_by(LinkageContract.code)
        ),
    )
