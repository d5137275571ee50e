"""The words of recognising an assistance product (认定): steps, states, what is applied for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from catalog.values.papers import Scan


class ApplicationState(StrEnum):
    """Where an application stands; the first three name who has to look at it next."""

    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"
    PUBLICITY = "publicity"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


APPLICATION_STEPS: Mapping[ApplicationState, frozenset[ApplicationState]] = MappingProxyType(
    {
        ApplicationState.TOWNSHIP: frozenset(
            {
                ApplicationState.COUNTY,
                ApplicationState.CITY,
                ApplicationState.PUBLICITY,
                ApplicationState.REJECTED,
                ApplicationState.WITHDRAWN,
            }
        ),
        ApplicationState.COUNTY: frozenset(
            {
                ApplicationState.CITY,
                ApplicationState.PUBLICITY,
                ApplicationState.REJECTED,
                ApplicationState.WITHDRAWN,
            }
        ),
        ApplicationState.CITY: frozenset(
            {
                ApplicationState.PUBLICITY,
                ApplicationState.REJECTED,
                ApplicationState.WITHDRAWN,
            }
        ),
        ApplicationState.PUBLICITY: frozenset(
            {
                ApplicationState.APPROVED,
                ApplicationState.REJECTED,
                ApplicationState.WITHDRAWN,
            }
        ),
        ApplicationState.APPROVED: frozenset(
            {ApplicationState.SUSPENDED, ApplicationState.EXPIRED, ApplicationState.WITHDRAWN}
        ),
        ApplicationState.SUSPENDED: frozenset(
            {ApplicationState.APPROVED, ApplicationState.EXPIRED}
        ),
        ApplicationState.EXPIRED: frozenset({ApplicationState.WITHDRAWN}),
        ApplicationState.REJECTED: frozenset(
            {
                ApplicationState.TOWNSHIP,
                ApplicationState.COUNTY,
                ApplicationState.CITY,
                ApplicationState.WITHDRAWN,
            }
        ),
        ApplicationState.WITHDRAWN: frozenset(),
    }
)
"""State → the states it may be followed by. Which offices look at it, a dated policy says."""

REVIEWS = (ApplicationState.TOWNSHIP, ApplicationState.COUNTY, ApplicationState.CITY)
"""The offices that may have to look at an application, in their order."""
OPEN = frozenset({*REVIEWS, ApplicationState.PUBLICITY})


class Linkage(StrEnum):
    """How the applicant's work reaches households."""

    PURCHASE = "purchase"
    WORK = "work"
    LAND = "land"
    SHARES = "shares"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationForm:
    """What an applicant says of a product; sums in fen, weights in kilograms."""

    product_code: str
    spec: str
    unit_price_minor: int
    yearly_output_kg: int
    product_value_minor: int
    supply_period: str
    licence_number: str
    test_report_number: str
    linkage: Linkage
    households_lifted: int
    households_monitored: int
    average_gain_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Who takes a step: the person, and for whom that person works."""

    person_id: int
    regions: frozenset[str] = frozenset()
    """Townships and districts this person is an official of."""
    cities: frozenset[str] = frozenset()
    """Cities for which this person checks again."""
    organisations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """One step of an application as it was asked for."""

    state: ApplicationState
    """What it becomes; a rejection says why in `note`."""
    note: str = ""
    document: Scan | None = None
    at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What the dated policy says of recognising on a day."""

    offices: tuple[ApplicationState, ...]
    documents: frozenset[ApplicationState]
    """Offices that decide on a stamped paper only."""
    notice_workdays: int
    validity_years: int
    min_value_minor: int
    """What the goods of a year must be worth at least."""


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included."""

    valid_from: date
    valid_to: date
