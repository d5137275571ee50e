"""Gift boxes of a seller: make one of own goods, change it, see how many can be packed."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from catalog.errors import SkuNotFoundError
from catalog.listing import boxes as box_queries
from catalog.listing.boxes import BoxRow, PartRow
from catalog.values import BoxPlan
from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import SELLER_ROLES
from supplier_portal import offer_forms
from supplier_portal.access import actor_code, seller_code
from supplier_portal.products import LISTERS

pages = Blueprint("supplier_boxes", __name__)

PICTURES = ("gift-pack", "new-year-box", "care-pack", "tofu-box", "hotpot-set", "mini-tins")
"""Pictures of boxes; those of the parts may be chosen too."""
MAX_TEXT = 400


@pages.get("/boxes")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's gift boxes with their parts and what runs out first."""
    with unit_of_work() as session:
        boxes = box_queries.list_boxes(session, seller_code(), at=clock.now())
    return render_template("supplier_portal/boxes/index.html", boxes=boxes)


@pages.get("/boxes/new")
@requires(*LISTERS)
def new() -> str:
    """Ask what is put into a box."""
    with unit_of_work() as session:
        goods = box_queries.list_packable(session, seller_code(), at=clock.now())
    return _form(None, goods)


@pages.post("/boxes")
@requires(*LISTERS)
def make() -> ResponseReturnValue:
    """List a gift box."""
    seller, at = seller_code(), clock.now()
    with unit_of_work() as session:
        plan = _read(box_queries.list_packable(session, seller, at=at))
        code = catalog.make_box(session, plan, seller_code=seller, at=at)
        audit.record(session, _act("box_made", code, plan))
    return _saved()


@pages.get("/boxes/<sku>")
@requires(*LISTERS)
def show(sku: str) -> str:
    """Show one box to change it."""
    seller, at = seller_code(), clock.now()
    with unit_of_work() as session:
        boxes = box_queries.list_boxes(session, seller, at=at)
        goods = box_queries.list_packable(session, seller, at=at)
    box = next((one for one in boxes if one.code == sku), None)
    if box is None:
        raise SkuNotFoundError(sku)
    return _form(box, goods)


@pages.post("/boxes/<sku>")
@requires(*LISTERS)
def change(sku: str) -> ResponseReturnValue:
    """Write a box anew."""
    seller, at = seller_code(), clock.now()
    with unit_of_work() as session:
        plan = _read(box_queries.list_packable(session, seller, at=at))
        catalog.change_box(session, sku, plan, seller_code=seller, at=clock.now())
        audit.record(session, _act("box_changed", sku, plan))
    return _saved()


def _form(box: BoxRow | None, goods: Sequence[PartRow]) -> str:
    packs = {part.code: part.quantity for part in box.parts} if box else {}
    return render_template(
        "supplier_portal/boxes/form.html",
        box=box,
        goods=goods,
        packs=packs,
        pictures=_pictures(goods, [box.picture] if box else []),
    )


def _pictures(goods: Sequence[PartRow], more: Sequence[str] = ()) -> list[str]:
    return list(dict.fromkeys((*more, *PICTURES, *(part.picture for part in goods))))


def _read(goods: Sequence[PartRow]) -> BoxPlan:
    picture = offer_forms.word("picture")
    if picture not in _pictures(goods):
        raise InvalidError("box_picture_unknown", "no such picture")
    return BoxPlan(
        name=offer_forms.word("name"),
        name_en=offer_forms.word("name_en"),
        description=request.form.get("description", "").strip()[:MAX_TEXT],
        spec=offer_forms.word("spec"),
        price_minor=offer_forms.amount("price") or 0,
        picture=picture,
        parts=_packs(),
        is_on_sale="on_sale" in request.form,
    )


def _packs() -> Mapping[str, int]:
    """Return packs by SKU code; fields left empty or at zero are passed over."""
    prefix = "packs-"
    names = [name for name in request.form if name.startswith(prefix)]
    found = {name.removeprefix(prefix): offer_forms.whole(name) or 0 for name in names}
    return {code: packs for code, packs in found.items() if packs}


def _act(action: str, sku: str, plan: BoxPlan) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=f"sku:{sku}",
        purpose="supplier_portal",
        at=clock.now(),
        detail={"price_minor": plan.price_minor, "parts": dict(plan.parts)},
    )


def _saved() -> ResponseReturnValue:
    flash(_("已保存。已下单的礼盒不受影响。"), "success")
    return redirect(url_for(".index"))
