"""Buy a household's harvest: weigh it, see what is paid and why, keep the slip."""

from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from households.queries import receipts as receipt_queries
from households.values import Priced, PurchaseInForce
from kernel import audit, clock, idempotency
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from kernel.idempotency import CommandId
from parties.values import SELLER_ROLES, Role
from reporting import goods_received as bought
from shop import errors
from supplier_portal import weighing
from supplier_portal.access import actor_code, seller_code
from supplier_portal.weighing import Weighing
from workflows import goods_received

pages = Blueprint("supplier_receipts", __name__)

KEEPERS = (Role.MANAGER, Role.CLERK)
PAGE_SIZE = 30
ENDPOINT = "supplier:receipts"
REFUSED = 422


@pages.get("/receipts")
@requires(*SELLER_ROLES)
def index() -> str:
    """List what was bought from households, with what was paid above the market."""
    key = request.args.get("after")
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        page = bought.list_slips(session, seller_code(), key=key, size=PAGE_SIZE)
        sums = bought.sum_bought(
            session,
            seller_code(),
            since=date(today.year, 1, 1),
            until=date(today.year + 1, 1, 1),
        )
        contracts = _contracts(session, clock.now())
    return render_template(
        "supplier_portal/receipts/index.html",
        page=page,
        sums=sums,
        year=today.year,
        has_contracts=bool(contracts),
        may_weigh=seller_code() in current_actor().organisation_codes(*KEEPERS),
        is_first=key is None,
    )


@pages.get("/receipts/new")
@requires(*KEEPERS)
def new() -> ResponseReturnValue:
    """Show an empty slip."""
    at = clock.now()
    return _form(weighing.empty_form(at=at), at=at)


@pages.post("/receipts/new")
@requires(*KEEPERS)
def weigh() -> ResponseReturnValue:
    """Show what a weighing would pay, or record it once that was seen."""
    at = clock.now()
    with unit_of_work() as session:
        contracts = _contracts(session, at)
    form = weighing.read_form(request.form, contracts, seller_code=seller_code(), at=at)
    if form.receipt is None:
        return _form(form, at=at)
    try:
        if request.form.get("step") != "save":
            return _form(form, at=at, priced=_preview(form))
        _record(form, at)
    except ShanjiError as error:
        return _form(form, at=at, refusal=errors.sentence(error))
    flash(_("已收货入账。"), "success")
    return redirect(url_for(".show", code=form.receipt.code))


@pages.get("/receipts/<code>")
@requires(*SELLER_ROLES)
def show(code: str) -> str:
    """Show one slip, ready to be printed."""
    with unit_of_work() as session:
        slip = bought.get_slip(session, [seller_code()], code)
    return render_template("supplier_portal/receipts/show.html", slip=slip)


@pages.post("/receipts/<code>/take-back")
@requires(*KEEPERS)
def take_back(code: str) -> ResponseReturnValue:
    """Take a wrong weighing back in full; its goods are weighed anew."""
    at = clock.now()
    with unit_of_work() as session:
        goods_received.take_back(
            session, code, seller_code=seller_code(), actor=actor_code(), at=at
        )
        audit.record(session, _act("receipt_taken_back", code, at))
    flash(_("已更正：这次过磅作废，请重新过磅。"), "success")
    return redirect(url_for(".show", code=goods_received.back_code(code)))


def _preview(form: Weighing) -> Priced:
    if form.receipt is None:
        raise TypeError(form.errors)
    with unit_of_work() as session:
        return goods_received.preview(
            session, form.receipt, seller_code=seller_code(), lot=form.new_lot
        )


def _record(form: Weighing, at: datetime) -> None:
    """Record a weighing once, however often its form is sent."""
    receipt = form.receipt
    if receipt is None:
        raise TypeError(form.errors)
    command = CommandId(actor_code(), ENDPOINT, receipt.code)
    with unit_of_work() as session:
        if idempotency.begin(session, command, form.request, at=at) is not None:
            return
        if form.new_lot is None:
            goods_received.receive(
                session, [receipt], seller_code=seller_code(), actor=actor_code()
            )
        else:
            goods_received.receive_new(session, receipt, form.new_lot, actor=actor_code())
        idempotency.finish(session, command, status=302, body={"code": receipt.code})
        audit.record(session, _act("goods_received", receipt.code, at))


def _contracts(session: Session, at: datetime) -> dict[str, PurchaseInForce]:
    found = receipt_queries.list_purchases(session, seller_code(), on=clock.local_date(at))
    return {contract.contract_code: contract for contract in found}


def _form(
    form: Weighing, *, at: datetime, priced: Priced | None = None, refusal: str = ""
) -> ResponseReturnValue:
    today = clock.local_date(at)
    with unit_of_work() as session:
        contracts = list(_contracts(session, at).values())
        lots = bought.list_open_lots(session, seller_code(), on=today)
        skus = bought.list_weighed_skus(session, seller_code())
    page = render_template(
        "supplier_portal/receipts/new.html",
        form=form,
        contracts=contracts,
        lots=lots,
        skus=skus,
        priced=priced,
        refusal=refusal,
        today=today,
    )
    return page, REFUSED if form.errors or refusal else 200


def _act(action: str, code: str, at: datetime) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=f"receipt:{code}",
        purpose="supplier_portal",
        at=at,
        detail={},
    )
