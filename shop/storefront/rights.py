"""A person with an account reads, corrects, carries away and closes what is kept about them."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from parties import service as parties
from parties.values import ConsentScope, PersonId, RequestKind, Subject
from reporting import own_data as records
from shop import security
from shop.mending import Errors, mends
from shop.patience import asks_password
from shop.storefront import own_data
from workflows import subject_erased

pages = Blueprint("storefront_rights", __name__)

SCOPES = (ConsentScope.PROCESSING, ConsentScope.SHARING)


@pages.get("/account/rights")
@signed_in
def show() -> str:
    """Show consents, requests and what can be asked for."""
    return _page({})


def _page(errors: Errors) -> str:
    return own_data.show("storefront/rights/show.html", _subject(), SCOPES, errors=errors)


@pages.get("/account/rights/data.json")
@signed_in
def data_json() -> Response:
    """Give everything kept about the person as JSON."""
    with unit_of_work() as session:
        data = records.of_person(session, current_actor().person_id)
    return own_data.as_json("account", data)


@pages.get("/account/rights/data.csv")
@signed_in
def data_csv() -> Response:
    """Give everything kept about the person as rows."""
    with unit_of_work() as session:
        data = records.of_person(session, current_actor().person_id)
    return own_data.as_csv("account", data)


@pages.post("/account/rights/consent")
@signed_in
def give() -> ResponseReturnValue:
    """Give one consent."""
    own_data.give(_subject(), SCOPES, at=clock.now())
    flash(_("已记录您的同意。"), "success")
    return redirect(url_for("storefront_rights.show"))


@pages.post("/account/rights/withdraw")
@signed_in
def withdraw() -> ResponseReturnValue:
    """Withdraw one consent."""
    own_data.withdraw(_subject(), SCOPES, at=clock.now())
    flash(_("已撤回同意。"), "success")
    return redirect(url_for("storefront_rights.show"))


@pages.post("/account/rights/name")
@signed_in
@mends({"name_missing": "display_name"}, _page)
def rename() -> ResponseReturnValue:
    """Correct the name the account goes by."""
    with unit_of_work() as session:
        parties.rename_person(
            session,
            PersonId(current_actor().person_id),
            request.form.get("display_name", ""),
        )
    flash(_("已更正。"), "success")
    return redirect(url_for("storefront_rights.show"))


@pages.post("/account/rights/close")
@signed_in
@asks_password
@mends({"sign_in_refused": "password"}, _page)
def close() -> ResponseReturnValue:
    """Close the account: at once, or as soon as no order is under way."""
    person_id, at = current_actor().person_id, clock.now()
    with unit_of_work() as session:
        parties.prove_password(
            session, PersonId(person_id), request.form.get("password", ""), at=at
        )
        request_id = parties.receive_request(
            session, _subject(), RequestKind.DELETION, words="", at=at
        )
        parties.grant_request(session, request_id, by=f"person:{person_id}", at=at)
        waits_for = subject_erased.carry_out(session, request_id, at=at)
    if waits_for is not None:
        flash(_("您还有未完成的订单，完成后账户会自动注销。"), "warning")
        return redirect(url_for("storefront_rights.show"))
    security.forget()
    flash(_("您的账户已注销，姓名、登录名和收货信息已销毁。"), "success")
    return redirect("/")


def _subject() -> Subject:
    return Subject(person_id=current_actor().person_id)
