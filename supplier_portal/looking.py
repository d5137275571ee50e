"""How a form becomes a look at a household's identity; every face that may look uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from households import service as households
from households.values import (
    HouseholdId,
    Identity,
    IdentityField,
    Looker,
    LookerKind,
    Purpose,
    Reason,
)
from kernel.access import current_actor
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import ForbiddenError, InvalidError
from parties.values import Role
from shop import errors

CONFIRM = "storefront_confirm.show"
NEEDS_PASSWORD = "look_needs_password"  # noqa: S105 -- a code, no password
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody looks from: the template of the face and the kind of office."""

    template: str
    kind: LookerKind


def find_looker() -> Looker:
    """Return the signed-in person with everything that may entitle them to look."""
    actor = current_actor()
    return Looker(
        person_id=actor.person_id,
        region_codes=actor.region_codes(Role.OFFICIAL),
        organisation_codes=actor.organisation_codes(Role.MANAGER),
        is_operator=actor.has(Role.OPERATOR),
    )


def show_form(desk: Desk, household_id: str, *, at: datetime) -> ResponseReturnValue:
    """Ask for what a household is to be looked at; nothing of it is opened yet."""
    with unit_of_work() as session:
        purposes = list_purposes(session, desk.kind, at=at)
    return _page(desk, household_id, purposes)


def look(desk: Desk, household_id: str, *, at: datetime) -> ResponseReturnValue:
    """Open the identity for the reason in the form, or say what is missing.

    After too many looks the password is asked for first.
    """
    reason = asked_reason()
    try:
        with unit_of_work() as session:
            purposes = list_purposes(session, desk.kind, at=at)
            identity = households.look(
                session, HouseholdId(household_id), find_looker(), reason, at=at
            )
    except InvalidError as refusal:
        with unit_of_work() as session:
            purposes = list_purposes(session, desk.kind, at=at)
        response = _page(desk, household_id, purposes, error=errors.sentence(refusal))
        response.status_code = UNPROCESSABLE
        return response
    except ForbiddenError as refusal:
        if refusal.code != NEEDS_PASSWORD:
            raise
        return redirect(url_for(CONFIRM, next=request.path))
    return _page(desk, household_id, purposes, identity=identity, reason=reason)


def asked_reason() -> Reason:
    """Return the reason in the form."""
    fields = set(request.form.getlist("fields")) & set(IdentityField)
    return Reason(
        purpose=request.form.get("purpose", ""),
        words=request.form.get("words", ""),
        fields=frozenset(IdentityField(field) for field in fields),
    )


def list_purposes(session: Session, kind: LookerKind, *, at: datetime) -> Sequence[Purpose]:
    """Return the purposes for which one may look in this capacity today."""
    in_force = households.find_policy(session, on=local_date(at))
    return [purpose for purpose in in_force.purposes.values() if kind in purpose.kinds]


def _page(
    desk: Desk,
    household_id: str,
    purposes: Sequence[Purpose],
    *,
    identity: Identity | None = None,
    reason: Reason | None = None,
    error: str = "",
) -> Response:
    response = make_response(
        render_template(
            desk.template,
            household_id=household_id,
            purposes=purposes,
            identity=identity,
            reason=reason,
            error=error,
        )
    )
    # What was opened stays on no disk and in no cache on its way.
    response.headers["Cache-Control"] = "no-store"
    return response
