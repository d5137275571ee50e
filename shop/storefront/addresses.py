"""The address book of a signed-in buyer: read, add, change, choose the default, delete."""

from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from orders import queries
from orders import service as orders
from orders.values import Recipient
from shop.storefront import recipients

pages = Blueprint("storefront_addresses", __name__)

LAST_ID = 2**63 - 1
Number = f"<int(max={LAST_ID}):address_id>"


@pages.get("/account/addresses")
@signed_in
def index() -> str:
    """List the book, the default first."""
    with unit_of_work() as session:
        book = queries.list_addresses(session, current_actor().person_id)
    return render_template("storefront/addresses/index.html", book=book)


@pages.get("/account/addresses/new")
@signed_in
def new() -> str:
    """Ask for an address, by fields or as one pasted text."""
    return _form({}, {}, None)


@pages.post("/account/addresses/pasted")
@signed_in
def read_pasted() -> str:
    """Fill the fields from a pasted text; nothing is kept yet."""
    with unit_of_work() as session:
        values = recipients.pasted(session)
    return _form(values, {}, None)


@pages.post("/account/addresses")
@signed_in
def save() -> ResponseReturnValue:
    """Keep an address."""
    values = recipients.typed()
    if errors := recipients.faults(values):
        return _form(values, errors, None), 422
    with unit_of_work() as session:
        orders.save_address(
            session,
            current_actor().person_id,
            Recipient(**values),
            is_default=_wants_default(),
            at=clock.now(),
        )
    return _done(_("地址已保存。"))


@pages.get(f"/account/addresses/{Number}")
@signed_in
def show(address_id: int) -> str:
    """Show an own address to change it."""
    with unit_of_work() as session:
        row = queries.get_address(session, current_actor().person_id, address_id)
    return _form(asdict(row.recipient), {}, address_id)


@pages.post(f"/account/addresses/{Number}")
@signed_in
def change(address_id: int) -> ResponseReturnValue:
    """Write an own address anew."""
    values = recipients.typed()
    if errors := recipients.faults(values):
        return _form(values, errors, address_id), 422
    person_id = current_actor().person_id
    with unit_of_work() as session:
        orders.change_address(session, person_id, address_id, Recipient(**values))
        if _wants_default():
            orders.make_default_address(session, person_id, address_id)
    return _done(_("地址已保存。"))


@pages.post(f"/account/addresses/{Number}/default")
@signed_in
def make_default(address_id: int) -> ResponseReturnValue:
    """Let an own address be filled in first at checkout."""
    with unit_of_work() as session:
        orders.make_default_address(session, current_actor().person_id, address_id)
    return _done(_("默认地址已更改。"))


@pages.post(f"/account/addresses/{Number}/delete")
@signed_in
def delete(address_id: int) -> ResponseReturnValue:
    """Destroy an own address."""
    with unit_of_work() as session:
        orders.delete_address(session, current_actor().person_id, address_id)
    return _done(_("地址已删除。"))


def _wants_default() -> bool:
    return request.form.get("is_default") == "yes"


def _form(values: Mapping[str, str], errors: Mapping[str, str], address_id: int | None) -> str:
    return render_template(
        "storefront/addresses/new.html", values=values, errors=errors, address_id=address_id
    )


def _done(message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("storefront_addresses.index"))
