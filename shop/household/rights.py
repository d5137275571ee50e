"""A household reads its own record, carries it away, and says what is to happen with it."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import service as households
from kernel import clock
from kernel.access import signed_in
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import ConsentScope, RequestKind, Subject
from reporting import own_data as records
from shop.household.statement import own_household
from shop.storefront import own_data

pages = Blueprint("household_rights", __name__)

SCOPES = tuple(ConsentScope)
KINDS = (RequestKind.CORRECTION, RequestKind.DELETION, RequestKind.WITHDRAWAL)


@pages.get("/rights")
@signed_in
def show() -> str:
    """Show consents, requests and what can be asked for."""
    return own_data.show("household/rights/show.html", _subject(), SCOPES)


@pages.get("/rights/record")
@signed_in
def record() -> Response:
    """Show the household its own identity in full."""
    household_id = own_household()
    with unit_of_work() as session:
        identity = households.open_own_identity(session, household_id)
    page = render_template(
        "household/rights/record.html", identity=identity, household_id=household_id
    )
    return Response(page, headers={"Cache-Control": "no-store"})


@pages.get("/rights/data.json")
@signed_in
def data_json() -> Response:
    """Give everything kept about the household as JSON."""
    household_id = own_household()
    with unit_of_work() as session:
        data = records.of_household(session, household_id)
    return own_data.as_json("household", data)


@pages.get("/rights/data.csv")
@signed_in
def data_csv() -> Response:
    """Give everything kept about the household as rows."""
    household_id = own_household()
    with unit_of_work() as session:
        data = records.of_household(session, household_id)
    return own_data.as_csv("household", data)


@pages.post("/rights/consent")
@signed_in
def give() -> ResponseReturnValue:
    """Give one consent."""
    own_data.give(_subject(), SCOPES, at=clock.now())
    flash(_("已记录您的同意。"), "success")
    return redirect(url_for("household_rights.show"))


@pages.post("/rights/withdraw")
@signed_in
def withdraw() -> ResponseReturnValue:
    """Withdraw one consent."""
    own_data.withdraw(_subject(), SCOPES, at=clock.now())
    flash(_("已撤回同意。"), "success")
    return redirect(url_for("household_rights.show"))


@pages.post("/rights/request")
@signed_in
def ask() -> ResponseReturnValue:
    """Ask for a correction, for deletion, or for processing to end."""
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        raise InvalidError("request_kind_unknown", "there is no such request")
    own_data.ask(_subject(), RequestKind(kind), at=clock.now())
    flash(_("申请已收到，会在期限内答复。"), "success")
    return redirect(url_for("household_rights.show"))


def _subject() -> Subject:
    return Subject(household_id=own_household())
