"""My lots: what is on the shelf, who contributed, and whether it may be sold."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import queries as catalog_queries
from catalog import service as catalog
from catalog.errors import LotNotFoundError
from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES, Role
from supplier_portal.access import actor_code, seller_code
from workflows import goods_discarded, lot_recalled

pages = Blueprint("supplier_lots", __name__)

KEEPERS = (Role.MANAGER, Role.CLERK)


@pages.get("/lots")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's lots, the soonest to expire first."""
    show_all = request.args.get("show") == "all"
    with unit_of_work() as session:
        rows = catalog_queries.list_lots(session, seller_code(), only_on_shelf=not show_all)
    return render_template(
        "supplier_portal/lots/index.html",
        rows=rows,
        show_all=show_all,
        today=clock.local_date(clock.now()),
    )


@pages.get("/lots/<code>")
@requires(*SELLER_ROLES)
def show(code: str) -> str:
    """Show one lot with its contributions and its movements."""
    with unit_of_work() as session:
        lot = catalog_queries.get_lot(session, code)
        if lot.seller_code != seller_code():
            raise LotNotFoundError(code)
        origin = catalog_queries.list_origins(session, [lot.lot_id])[lot.lot_id]
        movements = catalog_queries.sum_movements(session, lot.lot_id)
    return render_template(
        "supplier_portal/lots/show.html",
        lot=lot,
        origin=origin,
        movements=movements,
        today=clock.local_date(clock.now()),
    )


@pages.post("/lots/<code>/quarantine")
@requires(*KEEPERS)
def quarantine(code: str) -> ResponseReturnValue:
    """Stop selling a lot until somebody has looked at it."""
    at = clock.now()
    with unit_of_work() as session:
        _own(code, catalog_queries.get_lot(session, code).seller_code)
        holders = lot_recalled.stop(session, code, at=at)
        audit.record(session, _act("lot_quarantined", code, at))
    _close(holders, code)
    flash(_("该批次已停售。"), "success")
    return redirect(url_for(".show", code=code))


@pages.post("/lots/<code>/recall")
@requires(Role.MANAGER)
def recall(code: str) -> ResponseReturnValue:
    """Call a lot back for good; unpaid orders that hold it are closed."""
    at = clock.now()
    with unit_of_work() as session:
        _own(code, catalog_queries.get_lot(session, code).seller_code)
        holders = lot_recalled.recall(session, code, at=at)
        audit.record(session, _act("lot_recalled", code, at))
    closed = _close(holders, code)
    flash(_("该批次已召回，关闭了 %(count)s 个未付款订单。", count=closed), "success")
    return redirect(url_for(".show", code=code))


@pages.post("/lots/<code>/release")
@requires(*KEEPERS)
def release(code: str) -> ResponseReturnValue:
    """Let a lot be sold again."""
    at = clock.now()
    with unit_of_work() as session:
        _own(code, catalog_queries.get_lot(session, code).seller_code)
        catalog.release_quarantine(session, code)
        audit.record(session, _act("lot_released", code, at))
    flash(_("该批次已恢复销售。"), "success")
    return redirect(url_for(".show", code=code))


@pages.post("/lots/<code>/discard")
@requires(*KEEPERS)
def discard(code: str) -> ResponseReturnValue:
    """Write off what is left of a lot that will not be sold any more."""
    at = clock.now()
    with unit_of_work() as session:
        _own(code, catalog_queries.get_lot(session, code).seller_code)
        count = goods_discarded.discard(session, seller_code(), [code], at=at)
        audit.record(session, _act("lot_discarded", code, at))
    flash(_("已登记报损 %(count)s 件。", count=count), "success")
    return redirect(url_for(".show", code=code))


def _close(holders: list[str], code: str) -> int:
    closed = 0
    for number in holders:
        with unit_of_work() as session:
            closed += lot_recalled.close_holder(session, number, code, at=clock.now())
    return closed


def _own(code: str, owner: str) -> None:
    if owner != seller_code():
        raise LotNotFoundError(code)


def _act(action: str, code: str, at: datetime) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=f"lot:{code}",
        purpose="supplier_portal",
        at=at,
        detail={},
    )
