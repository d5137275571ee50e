"""Households with sealed identities, and the policy of looks."""

from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from households import service
from households.values import HouseholdId, Identity, IdentityField, Reason
from kernel.policy import PolicyParam
from tests.builders.places import VILLAGE, a_household

IDENTITY = Identity(
    name="张小明",
    phone="13812345678",
    id_number="510232197001011234",
    bank_account="6228480402564890018",
)
PURPOSES = [
    {"code": "visit", "name": "入户走访", "name_en": "visit", "kinds": ["official"]},
    {"code": "membership", "name": "成员", "name_en": "members", "kinds": ["manager"]},
    {
        "code": "complaint",
        "name": "投诉",
        "name_en": "complaint",
        "kinds": ["official", "manager", "operator"],
    },
]
SINCE = date(2020, 1, 1)


def a_param(session: Session, code: str, value: Any) -> None:
    """Put a policy number in force."""
    session.execute(
        insert(PolicyParam).values(
            code=code, value=value, unit="", valid_from=SINCE, basis="", note=""
        )
    )


def a_look_policy(session: Session, *, per_hour: int = 25, minutes: int = 15) -> None:
    """Put the numbers and the list of purposes in force."""
    a_param(session, "looks_per_hour", per_hour)
    a_param(session, "look_purposes", PURPOSES)
    a_param(session, "reauthentication_minutes", minutes)


def a_sealed_household(
    session: Session, household_id: str = "H1", village_code: str = VILLAGE
) -> HouseholdId:
    """Make a household with a sealed identity."""
    found = HouseholdId(a_household(session, household_id, village_code))
    service.seal_identity(session, found, IDENTITY)
    return found


def a_reason(purpose: str = "complaint", *fields: IdentityField) -> Reason:
    """Return why somebody looks."""
    return Reason(purpose=purpose, words="核对投诉情况", fields=frozenset(fields))
