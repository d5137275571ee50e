"""Sold before the harvest: open a presale, give packs to those who paid, see what is due."""

from datetime import datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from catalog.values import NewPresale, NewSupply
from kernel import audit, clock, policy
from kernel.access import requires
from kernel.audit import Act
from kernel.clock import SHANGHAI
from kernel.db import unit_of_work
from orders import queries as order_queries
from parties.values import SELLER_ROLES, Role
from supplier_portal import numbers
from supplier_portal.access import actor_code, seller_code
from supplier_portal.products import LISTERS
from workflows import presale_allotted

pages = Blueprint("supplier_presales", __name__)

GIVERS = (Role.MANAGER, Role.CLERK, Role.PACKER)
SHOWN_DAYS = 60
MAX_BASIS = 200
REMIND_DAYS = "presale_reminder_days"


@pages.get("/presales")
@requires(*SELLER_ROLES)
def index() -> str:
    """List presales with who waits, orders that are due or late, and a form for a new one."""
    seller, at = seller_code(), clock.now()
    today = clock.local_date(at)
    with unit_of_work() as session:
        presales = order_queries.list_presales(
            session, seller, since=at - timedelta(days=SHOWN_DAYS), at=at
        )
        days = policy.list_in_force(session, [REMIND_DAYS], on=today).get(REMIND_DAYS, 0)
        due = order_queries.list_due_presales(
            session, until=today + timedelta(days=int(days)), seller_code=seller
        )
        skus = order_queries.list_presale_skus(session, seller)
        supplies = order_queries.list_supplies(session, seller, since=today.year - 1)
    return render_template(
        "supplier_portal/presales/index.html",
        presales=presales,
        due=due,
        skus=skus,
        supplies=supplies,
        now=at,
        today=today,
    )


@pages.post("/presales")
@requires(*LISTERS)
def begin() -> ResponseReturnValue:
    """Open a presale of one SKU."""
    new, at = _read(seller_code()), clock.now()
    with unit_of_work() as session:
        presale_id = catalog.open_presale(session, new, actor=actor_code(), at=at)
        audit.record(session, _act("presale_opened", f"presale:{presale_id}"))
    flash(_("预售已保存。"), "success")
    return redirect(url_for(".index"))


@pages.post("/presales/supply")
@requires(*LISTERS)
def set_supply() -> ResponseReturnValue:
    """Lay down how much of a product a year gives; presales never promise more."""
    new, at = _read_supply(seller_code()), clock.now()
    with unit_of_work() as session:
        catalog.set_supply(session, new, at=at)
        audit.record(session, _act("supply_set", f"product:{new.product_code}"))
    flash(_("已保存，这一年的预售合计不会超过产量。"), "success")
    return redirect(url_for(".index"))


@pages.post("/presales/<int:presale_id>/stop")
@requires(*LISTERS)
def stop(presale_id: int) -> ResponseReturnValue:
    """Sell no more of a presale; what was promised stays."""
    with unit_of_work() as session:
        catalog.stop_presale(session, presale_id, seller_code=seller_code(), at=clock.now())
        audit.record(session, _act("presale_stopped", f"presale:{presale_id}"))
    flash(_("预售已停止，已售出的照常发货。"), "success")
    return redirect(url_for(".index"))


@pages.post("/presales/<int:presale_id>/allot")
@requires(*GIVERS)
def allot(presale_id: int) -> ResponseReturnValue:
    """Give the lots that are there to those who paid ahead."""
    with unit_of_work() as session:
        done = presale_allotted.allot(
            session, presale_id, seller_code=seller_code(), at=clock.now()
        )
        audit.record(session, _act("presale_allotted", f"presale:{presale_id}"))
    told = {"lines": done.lines, "packs": done.packs, "waiting": done.waiting}
    flash(
        _("已分配 %(lines)s 行共 %(packs)s 件，还有 %(waiting)s 行等下一批。", **told),
        "success" if done.lines else "warning",
    )
    return redirect(url_for(".index"))


def _read(seller: str) -> NewPresale:
    return NewPresale(
        sku_code=numbers.word("sku"),
        seller_code=seller,
        season=numbers.whole("season"),
        cap=numbers.whole("cap"),
        opens_at=_begin("opens_on"),
        closes_at=_begin("closes_on") + timedelta(days=1),
        ships_until=numbers.day("ships_until"),
    )


def _read_supply(seller: str) -> NewSupply:
    return NewSupply(
        product_code=numbers.word("product"),
        seller_code=seller,
        year=numbers.whole("year"),
        weight_g=numbers.whole("weight_kg") * 1000,
        basis=request.form.get("basis", "").strip()[:MAX_BASIS],
    )


def _begin(name: str) -> datetime:
    return datetime.combine(numbers.day(name), time(tzinfo=SHANGHAI))


def _act(action: str, subject: str) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=subject,
        purpose="supplier_portal",
        at=clock.now(),
        detail={},
    )
