"""How officials and operators open the explanation of one amount: for a purpose, on record."""

from collections.abc import Sequence
from datetime import date, datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from households import service as households
from households.values import Purpose, Reason
from kernel.clock import at_local_midnight, local_date
from kernel.db import unit_of_work
from kernel.errors import ForbiddenError, InvalidError
from reporting.explanation import reading
from reporting.explanation.values import Explanation, Reader
from shop import errors
from supplier_portal.entitlements import words_of
from supplier_portal.looking import (
    CONFIRM,
    NEEDS_PASSWORD,
    UNPROCESSABLE,
    Desk,
    asked_reason,
    find_looker,
    list_purposes,
)


def within_year(year: int) -> tuple[datetime, datetime]:
    """Return the moments a year begins and ends at in Shanghai."""
    return at_local_midnight(date(year, 1, 1)), at_local_midnight(date(year + 1, 1, 1))


def show_form(desk: Desk, entitlement_id: int, *, at: datetime) -> ResponseReturnValue:
    """Ask for what an amount is to be explained; nothing of it is opened yet."""
    with unit_of_work() as session:
        purposes = list_purposes(session, desk.kind, at=at)
    return _page(desk, entitlement_id, purposes)


def explain(desk: Desk, entitlement_id: int, *, at: datetime) -> ResponseReturnValue:
    """Explain the amount for the reason in the form, or say what is missing.

    After too many looks the password is asked for first.
    """
    reason = asked_reason()
    try:
        with unit_of_work() as session:
            purposes = list_purposes(session, desk.kind, at=at)
            whose = households.look_at_income(
                session, entitlement_id, find_looker(), reason, at=at
            )
            reader = Reader(household_id=whose, sees_others=True)
            told = reading.explain(session, entitlement_id, reader, on=local_date(at))
    except InvalidError as refusal:
        with unit_of_work() as session:
            purposes = list_purposes(session, desk.kind, at=at)
        response = _page(desk, entitlement_id, purposes, error=errors.sentence(refusal))
        response.status_code = UNPROCESSABLE
        return response
    except ForbiddenError as refusal:
        if refusal.code != NEEDS_PASSWORD:
            raise
        return redirect(url_for(CONFIRM, next=request.path))
    return _page(desk, entitlement_id, purposes, told=told, reason=reason)


def _page(
    desk: Desk,
    entitlement_id: int,
    purposes: Sequence[Purpose],
    *,
    told: Explanation | None = None,
    reason: Reason | None = None,
    error: str = "",
) -> Response:
    response = make_response(
        render_template(
            desk.template,
            entitlement_id=entitlement_id,
            purposes=purposes,
            told=told,
            reason=reason,
            error=error,
            **({} if told is None else words_of(told)),
        )
    )
    # What was opened stays on no disk and in no cache on its way.
    response.headers["Cache-Control"] = "no-store"
    return response
