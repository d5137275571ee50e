"""Opening how one amount of a household came about: by right, for a purpose, on record."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import Entitlement, Household
from households.service.looks import PLATFORM, Seen, admit, record_look
from households.values import Capacity, HouseholdId, Looker, LookerKind, Reason
from kernel.errors import NotFoundError
from kernel.regions import is_within

INCOME = "income"
"""How such a look stands among what was seen."""
LARGEST_ID = 2**63 - 1


def look_at_income(
    session: Session, entitlement_id: int, looker: Looker, reason: Reason, *, at: datetime
) -> HouseholdId:
    """Put on record that somebody opens one amount, and return whose it is.

    For officials of a region around the household and for operators; it counts among the looks
    of the hour like one at an identity. Raises `NotFoundError` for an amount that is no
    household's and for one outside the looker's region, without telling which.
    """
    row = None
    if 0 < entitlement_id <= LARGEST_ID:
        row = session.execute(
            select(Entitlement.household_id, Household.village_code)
            .join(Household, Household.id == Entitlement.household_id)
            .where(Entitlement.id == entitlement_id)
        ).one_or_none()
    capacities = [] if row is None else _capacities(row.village_code, looker)
    if row is None or not capacities:
        raise NotFoundError("entitlement_not_found", "there is no such entitlement")
    admitted = admit(session, looker, reason, capacities, at=at)
    whose = HouseholdId(row.household_id)
    seen = Seen(whose, [INCOME], "income_looked_at", {"entitlement": entitlement_id})
    record_look(session, looker, reason, admitted, seen, at=at)
    return whose


def _capacities(village_code: str, looker: Looker) -> list[Capacity]:
    """Return by which rights, the widest region around the village first."""
    around = [code for code in looker.region_codes if is_within(village_code, code)]
    found = []
    if around:
        found.append(Capacity(kind=LookerKind.OFFICIAL, office=min(around, key=len)))
    if looker.is_operator:
        found.append(Capacity(kind=LookerKind.OPERATOR, office=PLATFORM))
    return found
