"""Who reads which household: an official inside the region they hold, on record each time."""

from datetime import date, datetime
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError
from sqlalchemy.orm import Session

from households.queries.register import HouseholdCard
from households.values import HouseholdId
from kernel import audit, clock
from kernel.access import current_actor
from kernel.audit import Act
from kernel.clock import local_date
from kernel.errors import InvalidError, NotFoundError
from kernel.regions import is_within
from parties.values import Role
from reporting.register import card as cards

PURPOSE = "register"


class Asked(Schema):
    """Fields of an address or a form; others, such as the language, are none of ours."""

    class Meta:
        """Leave unknown fields out."""

        unknown = EXCLUDE


def actor_code() -> str:
    """Return how the signed-in official stands in histories."""
    return f"person:{current_actor().person_id}"


def today() -> date:
    """Return the present day in Shanghai."""
    return local_date(clock.now())


def scope_over(place: str) -> str:
    """Return the widest of the official's regions around a place.

    A place outside of them does not exist for this official: `NotFoundError`.
    """
    given = current_actor().region_codes(Role.OFFICIAL)
    around = [code for code in given if is_within(place, code)]
    if not around:
        raise NotFoundError("household_not_found", "no such household in this region")
    return min(around, key=len)


def open_card(session: Session, household_id: str, *, on: date) -> tuple[HouseholdCard, str]:
    """Return a household of the official's region with that region, or `NotFoundError`."""
    card = cards.find_place(session, HouseholdId(household_id), on=on)
    return card, scope_over(card.village_code)


def seen(session: Session, action: str, subject: str, *, at: datetime, **detail: str) -> None:
    """Put on record what the official read or did."""
    audit.record(
        session,
        Act(
            actor=actor_code(),
            action=action,
            subject=subject,
            purpose=PURPOSE,
            at=at,
            detail=detail,
        ),
    )


def read_address(schema: Schema) -> dict[str, Any]:
    """Return the checked fields of the address; raises `InvalidError`."""
    return _load(schema, {key: value for key, value in request.args.items() if value})


def read_form(schema: Schema) -> dict[str, Any]:
    """Return the checked fields of a form; raises `InvalidError`."""
    given = {key: value.strip() for key, value in request.form.items() if value.strip()}
    return _load(schema, given)


def _load(schema: Schema, given: dict[str, str]) -> dict[str, Any]:
    try:
        values: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        field = min(error.messages_dict, key=str)
        raise InvalidError(
            "register_field_invalid", f"the field {field} is not valid", field=field
        ) from error
    return values
