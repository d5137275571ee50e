"""Short builders of registered households, terms, dated numbers and contracts of their own."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from households import service
from households.models import CategoryTerm
from households.values import (
    OFFICIAL_TERMS,
    HouseholdCategory,
    HouseholdId,
    LinkageModel,
    Monitoring,
    NewContract,
    NewHousehold,
    RiskStatus,
)
from kernel.policy import PolicyParam
from tests.builders.catalog import NOON
from tests.builders.places import VILLAGE, a_place, a_seller

RECOGNISED = date(2025, 3, 1)
NUMBERS: Mapping[str, int] = {
    "contact_visits_per_month": 1,
    "monitor_visits_per_month": 4,
    "village_meeting_per_month": 1,
    "risk_review_per_quarter": 1,
    "delivery_linkage_months": 12,
    "falling_income_months": 3,
    "falling_income_percent": 20,
    "price_fall_weeks": 3,
    "price_fall_percent": 20,
    "linkage_coverage_target_percent": 90,
    "disclosure_min_households": 10,
    "disclosure_dominance_percent": 85,
}


def the_terms(session: Session) -> None:
    """Write what categories are called: three monitored ones to 2025, one from 2026 on."""
    for term, category in OFFICIAL_TERMS.items():
        is_old = category in {
            HouseholdCategory.UNSTABLE_LIFTED,
            HouseholdCategory.BORDERLINE,
            HouseholdCategory.SUDDEN_DIFFICULTY,
        }
        is_new = category is HouseholdCategory.AT_RISK
        session.add(
            CategoryTerm(
                category=category,
                term=term,
                valid_from=date(2026, 1, 1) if is_new else date(2014, 1, 1),
                valid_to=date(2025, 12, 31) if is_old else None,
            )
        )
    session.flush()


def the_numbers(session: Session, **changes: int) -> None:
    """Put the dated numbers of the register into force, and the line of 2021."""
    for code, value in {**NUMBERS, **changes}.items():
        session.add(a_number(code, value, date(2014, 1, 1)))
    session.add(
        a_number("monitor_line_per_capita_year", 600_000, date(2021, 1, 1), date(2021, 12, 31))
    )
    session.flush()


def a_number(code: str, value: int, since: date, until: date | None = None) -> PolicyParam:
    """Return one dated number."""
    return PolicyParam(
        code=code, value=value, unit="", valid_from=since, valid_to=until, basis="", note=""
    )


def a_registered(
    session: Session, household_id: str = "H0001", *, monitored: bool = False, **changes: Any
) -> HouseholdId:
    """Register a lifted household, monitored since 2025 if asked for."""
    village = a_place(session, changes.pop("village_code", VILLAGE))
    risk = Monitoring(risk_type="因病", recognised_on=RECOGNISED, status=RiskStatus.MONITORING)
    values: dict[str, Any] = {
        "id": HouseholdId(household_id),
        "village_code": village,
        "members": 3,
        "labour": 1,
        "registered_on": date(2021, 1, 1),
        "category": HouseholdCategory.UNSTABLE_LIFTED
        if monitored
        else HouseholdCategory.LIFTED,
        "monitoring": [risk] if monitored else [],
    }
    service.register_households(session, [NewHousehold(**(values | changes))])
    return HouseholdId(household_id)


def an_own_contract(
    session: Session,
    household_id: HouseholdId,
    model: LinkageModel = LinkageModel.ORDER,
    *,
    seller: str = "C90",
) -> str:
    """Put a contract of one household with a cooperative into force from 2025 on."""
    a_seller(session, seller)
    terms = {
        LinkageModel.ORDER: {"floor_price": 500, "deposit_rate": 10, "max_qty_kg": 1_000},
        LinkageModel.WAGE: {"day_rate_fen": 10_000, "pay_day": 10},
        LinkageModel.RENT: {"area_mu_x100": 100, "rent_fen_per_mu_year": 50_000},
    }[model]
    code = f"HT-{seller}-{household_id}-{model}"
    service.draw_up_contract(
        session,
        NewContract(
            code=code, organisation_code=seller, model=model, household_id=household_id
        ),
    )
    version = service.draw_up_version(session, code, terms, effective_from=date(2025, 1, 1))
    service.activate_version(session, version, at=NOON)
    return code
