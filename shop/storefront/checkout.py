"""Checkout on one page, as a guest or signed in; the goods are held when it is sent off."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog.errors import NotEnoughStockError
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ForbiddenError
from kernel.postal import place_of
from orders import queries as order_queries
from orders import service as orders
from orders.errors import (
    AddressBookFullError,
    BasketEmptyError,
    OutOfReachError,
    QuoteChangedError,
)
from orders.queries import AddressRow
from orders.rules import confirming
from orders.values import Buyer, Change, Recipient
from parties import queries as party_queries
from parties.values import OrganisationRow
from payments.values.invoices import SavedTitle
from shop.i18n import choose_locale
from shop.invoice_papers import chosen, list_own
from shop.lapsed import freeing_lapsed
from shop.security import find_actor, public
from shop.storefront import recipients
from shop.storefront import session as browser
from shop.storefront.basket import absences, current_quote, own_coupons
from shop.storefront.returns import terms_today
from workflows import checkout, invoice_asked
from workflows.checkout import CheckoutRequest, PlacedGroup

pages = Blueprint("storefront_checkout", __name__)

CONSUMER_CHANNEL = "SHLL"
NEW_ADDRESS = "new"
NO_INVOICE = ""
"""Stands in the form where no title was chosen."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the buyer typed, and what is wrong with it."""

    values: Mapping[str, str]
    errors: Mapping[str, str]
    organisation_code: str
    title: str | None = None
    """The saved invoice title that was chosen, empty for none; None before it was asked for."""


@pages.get("/checkout")
@public
def show() -> ResponseReturnValue:
    """Where to send the goods and what they cost; a saved address stands filled in."""
    book = _book()
    wanted = request.args.get("address", "")
    chosen = next((row for row in book if str(row.address_id) == wanted), None)
    if chosen is None and wanted != NEW_ADDRESS:
        chosen = next((row for row in book if row.is_default), None)
    values = {} if chosen is None else asdict(chosen.recipient)
    return _render(Form(values, {}, ""), status=200, chosen=chosen)


@pages.post("/checkout/pasted")
@public
def read_pasted() -> ResponseReturnValue:
    """Fill the fields from a pasted text; nothing is ordered and nothing kept."""
    with unit_of_work() as session:
        values = recipients.pasted(session)
    organisation, title = request.form.get("organisation", ""), request.form.get("title", "")
    return _render(Form(values, {}, organisation, title), status=200)


@pages.post("/checkout")
@public
def place() -> ResponseReturnValue:
    """Order what the page showed; a changed price or stock asks again."""
    form = _read()
    if form.errors:
        return _render(form, status=422)
    token = browser.basket_token()
    if token is None:
        raise BasketEmptyError
    try:
        group = freeing_lapsed(lambda: _place(form, token))
    except QuoteChangedError as changed:
        return _render(form, status=409, changes=changed.changes)
    except (NotEnoughStockError, OutOfReachError):
        # Which lines it is about, and what to do, stands beside them.
        return _render(form, status=409)
    browser.remember_key(group.number, group.access_key)
    browser.remember_count(0)
    return redirect(url_for("storefront_pay.show", number=group.number))


def _place(form: Form, token: str) -> PlacedGroup:
    seen = request.form.get("seen_total", "")
    with unit_of_work() as session:
        organisation = None
        if form.organisation_code:
            organisation = party_queries.get_organisation(session, form.organisation_code)
        recipient, at = Recipient(**form.values), clock.now()
        _keep(session, recipient, at)
        placed = checkout.place(
            session,
            CheckoutRequest(
                buyer=_buyer(organisation),
                recipient=recipient,
                basket_token=token,
                seen_total_minor=int(seen) if seen.isascii() and seen.isdigit() else None,
                confirmed=request.form.get("confirmed", ""),
                locale=choose_locale(),
            ),
            at=at,
        )
        if form.title:
            invoice_asked.ask(session, placed.number, chosen(session), at=at)
        return placed


def _keep(session: Session, recipient: Recipient, at: datetime) -> None:
    """Put the recipient into the signed-in buyer's book when that box was ticked."""
    actor = find_actor()
    if actor is not None and request.form.get("keep") == "yes":
        try:
            orders.save_address(session, actor.person_id, recipient, is_default=False, at=at)
        except AddressBookFullError:
            # A full book is no reason to refuse an order.
            flash(_("地址簿已满，这个地址没有保存。"), "info")


def _book() -> list[AddressRow]:
    actor = find_actor()
    if actor is None:
        return []
    with unit_of_work() as session:
        return order_queries.list_addresses(session, actor.person_id)


def _buyer(organisation: OrganisationRow | None) -> Buyer:
    actor = find_actor()
    channel = CONSUMER_CHANNEL
    if organisation is not None and organisation.channel_code is not None:
        channel = organisation.channel_code
    return Buyer(
        person_id=actor.person_id if actor else None,
        organisation_code=organisation.code if organisation else None,
        channel_code=channel,
        actor=f"person:{actor.person_id}" if actor else "guest",
        guest_key=browser.basket_token(),
    )


def _render(
    form: Form,
    *,
    status: int,
    chosen: AddressRow | None = None,
    changes: Sequence[Change] = (),
) -> ResponseReturnValue:
    to = form.values
    place = place_of(to.get("province", ""), to.get("city", ""), to.get("district", ""))
    quote = current_quote(place or None)
    if quote is None:
        return redirect(url_for("storefront_basket.show"))
    codes = browser.buyer_organisations(find_actor())
    organisations: list[OrganisationRow] = []
    with unit_of_work() as session:
        titles = list_own(session)
        if codes:
            found = party_queries.list_organisations(session, sorted(codes))
            organisations = [found[code] for code in sorted(found)]
    page = render_template(
        "storefront/checkout/show.html",
        quote=quote,
        claim_terms=terms_today(),
        confirmed=confirming.confirmation(quote),
        changes=[one for one in changes if not one.code],
        changes_of=_by_sku(changes),
        gone=[one for one in changes if one.kind == "gone"],
        absences=absences(quote),
        own_coupons=own_coupons(),
        form=form,
        organisations=organisations,
        titles=titles,
        title=_first_title(titles, codes) if form.title is None else form.title,
        book=_book(),
        chosen=chosen,
    )
    return page, status


def _first_title(titles: Sequence[SavedTitle], codes: frozenset[str]) -> str:
    """Return the default title of whom the page offers first to buy for."""
    code = min(codes, default=None)
    defaults = [one for one in titles if one.is_default and one.organisation_code == code]
    return str(defaults[0].title_id) if defaults else NO_INVOICE


def _by_sku(changes: Sequence[Change]) -> dict[str, list[Change]]:
    """Return by SKU what changed, to stand beside its line; what is gone has no line."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        if change.code and change.kind != "gone":
            found.setdefault(change.code, []).append(change)
    return found


def _read() -> Form:
    values = recipients.typed()
    organisation_code = request.form.get("organisation", "")
    if organisation_code and organisation_code not in browser.buyer_organisations(find_actor()):
        raise ForbiddenError("not_yours", "this organisation is not yours")
    return Form(
        values, recipients.faults(values), organisation_code, request.form.get("title", "")
    )
