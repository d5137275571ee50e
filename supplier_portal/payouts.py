"""Payments to the seller, and members' payments that wait for their word."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from parties import queries as party_queries
from parties.values import SELLER_ROLES, Role
from payments import queries
from payments import service as payments
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_payouts", __name__)

PAGE_SIZE = 24
CLERKS = (Role.MANAGER, Role.CLERK)


@pages.get("/payouts")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's own payments and, for clerks, members who have not answered."""
    code, key = seller_code(), request.args.get("after")
    may_answer = code in current_actor().organisation_codes(*CLERKS)
    at = clock.now()
    with unit_of_work() as session:
        page = queries.list_payouts(session, f"coop:{code}", key=key, size=PAGE_SIZE)
        paid_minor = queries.sum_paid(session, f"coop:{code}")
        seller = party_queries.get_organisation(session, code)
        waiting = (
            queries.list_unacknowledged(session, paid_before=at, member_of=code, on=at)
            if may_answer
            else []
        )
    return render_template(
        "supplier_portal/payouts/index.html",
        page=page,
        paid_minor=paid_minor,
        seller=seller,
        waiting=waiting,
        may_answer=may_answer,
        is_first=key is None,
    )


@pages.post("/payouts/<int:line_id>/acknowledge")
@requires(*CLERKS)
def acknowledge(line_id: int) -> ResponseReturnValue:
    """Note that a member told the clerk, with how; others' members do not exist here."""
    code, reason = seller_code(), request.form.get("reason", "")
    current_actor().ensure_organisation(code, *CLERKS)
    at = clock.now()
    with unit_of_work() as session:
        waiting = queries.list_unacknowledged(
            session, paid_before=at, member_of=code, on=at, line_id=line_id
        )
        if not waiting:
            raise NotFoundError("settlement_line_not_found", "there is no such payment")
        payments.acknowledge_by_clerk(
            session,
            line_id,
            waiting[0].household_id,
            reason,
            by=current_actor().person_id,
            at=at,
        )
        audit.record(
            session,
            Act(
                actor=actor_code(),
                action="payout_acknowledged",
                subject=f"household:{waiting[0].household_id}",
                purpose="supplier_portal",
                at=at,
                detail={"line": str(line_id)},
            ),
        )
    flash(_("已代为确认。"), "success")
    return redirect(url_for(".index"))
