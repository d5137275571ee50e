"""Short builders of places, sellers and households: what goods come from."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from households.models import Household
from kernel.regions import Region, RegionLevel
from parties.models import Organisation
from parties.values import OrganisationKind

DISTRICT = "500156"
TOWNSHIP = "500156204"
VILLAGE = "500156204203"


def a_place(session: Session, code: str = VILLAGE, **changes: Any) -> str:
    """Make a province, district, township or village by its code, and the places above it."""
    parent = {2: None, 6: code[:2], 9: code[:6], 12: code[:9]}[len(code)]
    if parent:
        a_place(session, parent)
    level = {2: "province", 6: "district", 9: "township", 12: "village"}[len(code)]
    values = {
        "code": code,
        "parent_code": parent,
        "level": RegionLevel(level),
        "name": f"{level}-{code}",
        "short_name": f"{level}-{code}",
        "pinyin": f"{level} {code}",
    }
    return once(session, Region, values | changes, key="code")


def a_seller(session: Session, code: str = "C90", **changes: Any) -> str:
    """Make a cooperative that sells."""
    values = {
        "code": code,
        "name": f"合作社{code}",
        "kind": OrganisationKind.COOPERATIVE,
        "region_code": a_place(session, TOWNSHIP),
        "village_code": a_place(session, VILLAGE),
    }
    return once(session, Organisation, values | changes, key="code")


def a_household(session: Session, household_id: str, village_code: str = VILLAGE) -> str:
    """Make a household in a village."""
    values = {
        "id": household_id,
        "village_code": a_place(session, village_code),
        "members": 4,
        "labour": 2,
        "registered_on": date(2021, 1, 1),
    }
    return once(session, Household, values, key="id")


def once(session: Session, model: Any, values: dict[str, Any], *, key: str) -> str:
    """Add a row unless its key is there; return the key."""
    column = getattr(model, key)
    found = session.scalar(select(column).where(column == values[key]))
    if found is None:
        session.execute(insert(model).values(**values))
    return str(values[key])
