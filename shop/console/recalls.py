"""Lots that were recalled or failed a test: how many buyers were told, order by order."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog.errors import LotNotFoundError
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from orders.queries import notices
from parties.values import Role
from shop.errors import sentence
from workflows import lot_recalled

pages = Blueprint("console_recalls", __name__)

PAGE_SIZE = 100


@pages.get("/recalls")
@requires(Role.OPERATOR)
def index() -> str:
    """List recalled lots and those that failed a test, with the orders that were told."""
    return _list()


@pages.post("/recalls")
@requires(Role.OPERATOR)
def recall() -> ResponseReturnValue:
    """Call a lot of any seller back: no pack is sold or sent, buyers are told."""
    code, at = request.form.get("lot", "").strip(), clock.now()
    try:
        with unit_of_work() as session:
            holders = lot_recalled.recall(session, code, at=at)
            audit.record(
                session,
                Act(
                    actor=f"person:{current_actor().person_id}",
                    action="lot_recalled",
                    subject=f"lot:{code}",
                    purpose="console",
                    at=at,
                    detail={},
                ),
            )
    except NotFoundError as refused:
        return _list(code, sentence(refused)), 422
    for number in holders:
        with unit_of_work() as session:
            lot_recalled.close_holder(session, number, code, at=clock.now())
    flash(_("该批次已召回，已付款的买家都会收到通知。"), "success")
    return redirect(url_for(".show", code=code))


@pages.get("/recalls/<code>")
@requires(Role.OPERATOR)
def show(code: str) -> str:
    """Show one such lot with every order that holds packs of it."""
    number = request.args.get("page", 1, type=int)
    page = min(max(number or 1, 1), 10_000)
    with unit_of_work() as session:
        lot = notices.find_unfit_lot(session, code)
        rows = notices.list_of_lot(
            session, code, skipped=(page - 1) * PAGE_SIZE, most=PAGE_SIZE + 1
        )
    if lot is None:
        raise LotNotFoundError(code)
    return render_template(
        "console/recalls/show.html",
        lot=lot,
        rows=rows[:PAGE_SIZE],
        page=page,
        has_more=len(rows) > PAGE_SIZE,
    )


def _list(typed: str = "", error: str = "") -> str:
    with unit_of_work() as session:
        rows = notices.list_unfit_lots(session)
    return render_template("console/recalls/index.html", rows=rows, typed=typed, error=error)
