"""Checkout on one page, as a guest or signed in; the goods are held when it is sent off."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ForbiddenError
from orders.errors import BasketEmptyError, QuoteChangedError
from orders.rules import confirming
from orders.values import Buyer, Change, Recipient
from parties import queries as party_queries
from parties.values import OrganisationRow
from shop.i18n import choose_locale
from shop.security import find_actor, public
from shop.storefront import session as browser
from shop.storefront.basket import current_quote, own_coupons
from workflows import checkout
from workflows.checkout import CheckoutRequest, PlacedGroup

pages = Blueprint("storefront_checkout", __name__)

CONSUMER_CHANNEL = "SHLL"
MAX_LENGTH = {
    "name": 40,
    "phone": 20,
    "province": 20,
    "city": 20,
    "district": 20,
    "street": 120,
    "email": 120,
}
OPTIONAL = frozenset({"email"})
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE_DIGITS = range(7, 16)


@dataclass(frozen=True, slots=True)
class Form:
    """What the buyer typed, and what is wrong with it."""

    values: Mapping[str, str]
    errors: Mapping[str, str]
    organisation_code: str


@pages.get("/checkout")
@public
def show() -> ResponseReturnValue:
    """Where to send the goods and what they cost."""
    return _render(Form({}, {}, ""), status=200)


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
        group = _place(form, token)
    except QuoteChangedError as changed:
        return _render(form, status=409, changes=changed.changes)
    browser.remember_key(group.number, group.access_key)
    browser.remember_count(0)
    return redirect(url_for("storefront_pay.show", number=group.number))


def _place(form: Form, token: str) -> PlacedGroup:
    seen = request.form.get("seen_total", "")
    with unit_of_work() as session:
        organisation = None
        if form.organisation_code:
            organisation = party_queries.get_organisation(session, form.organisation_code)
        return checkout.place(
            session,
            CheckoutRequest(
                buyer=_buyer(organisation),
                recipient=Recipient(**form.values),
                basket_token=token,
                seen_total_minor=int(seen) if seen.isascii() and seen.isdigit() else None,
                confirmed=request.form.get("confirmed", ""),
                locale=choose_locale(),
            ),
            at=clock.now(),
        )


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
    )


def _render(form: Form, *, status: int, changes: Sequence[Change] = ()) -> ResponseReturnValue:
    quote = current_quote()
    if quote is None:
        return redirect(url_for("storefront_basket.show"))
    codes = browser.buyer_organisations(find_actor())
    organisations: list[OrganisationRow] = []
    if codes:
        with unit_of_work() as session:
            found = party_queries.list_organisations(session, sorted(codes))
        organisations = [found[code] for code in sorted(found)]
    page = render_template(
        "storefront/checkout/show.html",
        quote=quote,
        confirmed=confirming.confirmation(quote),
        changes=changes,
        own_coupons=own_coupons(),
        form=form,
        organisations=organisations,
    )
    return page, status


def _labels() -> dict[str, str]:
    return {
        "name": _("姓名"),
        "phone": _("电话"),
        "province": _("省 / 直辖市"),
        "city": _("城市"),
        "district": _("区 / 县"),
        "street": _("街道和门牌号"),
        "email": _("邮箱（选填）"),
    }


def _read() -> Form:
    values = {name: request.form.get(name, "").strip() for name in MAX_LENGTH}
    labels = _labels()
    errors = {
        name: _("请填写%(field)s。", field=labels[name])
        for name, value in values.items()
        if not value and name not in OPTIONAL
    }
    errors |= {
        name: _("最多 %(count)s 个字。", count=limit)
        for name, limit in MAX_LENGTH.items()
        if len(values[name]) > limit
    }
    digits = values["phone"].replace("-", "").replace(" ", "").removeprefix("+")
    if values["phone"] and not (
        digits.isascii() and digits.isdigit() and len(digits) in PHONE_DIGITS
    ):
        errors["phone"] = _("请填写可以联系到收货人的电话号码。")
    if values["email"] and not EMAIL.fullmatch(values["email"]):
        errors["email"] = _("邮箱地址不完整，请检查。")
    organisation_code = request.form.get("organisation", "")
    if organisation_code and organisation_code not in browser.buyer_organisations(find_actor()):
        raise ForbiddenError("not_yours", "this organisation is not yours")
    return Form(values, errors, organisation_code)
