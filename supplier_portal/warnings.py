"""Warnings about the prices of the seller's products: the goods only, no household."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import service as households
from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from parties.values import SELLER_ROLES, Role
from reporting.register import warnings
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_warnings", __name__)


@pages.get("/warnings")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the warnings about the seller's products, the newest first."""
    with unit_of_work() as session:
        rows = warnings.list_seller_warnings(session, seller_code())
    return render_template("supplier_portal/warnings/index.html", rows=rows)


@pages.post("/warnings/<int:warning_id>/notes")
@requires(Role.MANAGER, Role.CLERK)
def note(warning_id: int) -> ResponseReturnValue:
    """Say that the seller has seen a warning, and what it does."""
    code, at = seller_code(), clock.now()
    with unit_of_work() as session:
        if all(row.id != warning_id for row in warnings.list_seller_warnings(session, code)):
            raise NotFoundError("warning_not_found", "no such warning about this seller")
        is_new = households.note_warning(
            session,
            warning_id,
            request.form.get("note", ""),
            organisation_code=code,
            actor=actor_code(),
            at=at,
        )
        audit.record(
            session,
            Act(
                actor=actor_code(),
                action="warning_noted",
                subject=f"warning:{warning_id}",
                purpose="supplier_portal",
                at=at,
                detail={"organisation": code},
            ),
        )
    if is_new:
        flash(_("已登记处理说明。"), "success")
    else:
        flash(_("本单位已登记过处理说明，以首次登记为准。"), "info")
    return redirect(url_for(".index"))
