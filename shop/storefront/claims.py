"""What a buyer asks for after a sale: the form, one claim with its steps, its photos."""

import re
import secrets

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders.errors import OrderNotFoundError
from orders.queries import ClaimRow, GroupRow, OrderRow
from orders.rules.claims import CAUSES
from orders.values import ClaimCause, ClaimKind, Waybill
from shop import photos
from shop.mending import Errors, mends
from shop.security import find_actor, public
from shop.storefront.orders import caller_of, remembered_caller_of
from workflows import claim_decisions, claims
from workflows.claim_steps import Word
from workflows.claims import MAX_PHOTOS, Asked

pages = Blueprint("storefront_claims", __name__)

TOKEN = re.compile(r"[0-9a-f]{32}\Z")
NUMBER = re.compile(r"[0-9]{1,4}\Z")
FULL = "100"
# Refusal → the field it speaks of.
ASKED = {
    "claim_empty": "packs",
    "claim_exceeds_packs": "packs",
    "words_too_long": "words",
    "claim_photo_missing": "photos",
    "claim_photos_too_many": "photos",
    "photo_too_large": "photos",
    "photo_unreadable": "photos",
    "claim_cause_unknown": "cause",
    "claim_grade_unknown": "percent",
}
SENT_BACK = {"waybill_unreadable": "waybill"}
DISPUTED = {"claim_reason_missing": "reason", "words_too_long": "reason"}


@pages.get("/orders/<number>/parts/<part>/claims/<kind>")
@public
def new(number: str, part: str, kind: str) -> str:
    """Show what may be asked for of one seller's part, pack by pack."""
    return _form(number, part, kind, {})


def _form(number: str, part: str, kind: str, errors: Errors) -> str:
    caller = remembered_caller_of(number)
    wanted = _kind(kind)
    at = clock.now()
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller)
        order = _part(group, part)
        offers = [
            one for one in claims.list_offers(session, order, at=at) if one.kind is wanted
        ]
        terms = order_queries.get_terms(session, on=clock.local_date(order.delivered_at or at))
    return render_template(
        "storefront/claims/new.html",
        group=group,
        order=order,
        kind=wanted,
        offers=offers,
        grades=terms.grades,
        auto_minor=terms.auto_minor,
        auto_month_minor=terms.auto_month_minor,
        causes=CAUSES[wanted],
        freight=terms.freight,
        max_photos=MAX_PHOTOS,
        token=secrets.token_hex(16),
        errors=errors,
        typed=request.form if errors else {},
    )


@pages.post("/orders/<number>/parts/<part>/claims/<kind>")
@public
@mends(ASKED, _form)
def ask(number: str, part: str, kind: str) -> ResponseReturnValue:
    """Open a claim; sending the same form twice opens one."""
    caller = caller_of(number)
    wanted = _kind(kind)
    token = request.form.get("token", "")
    if not TOKEN.fullmatch(token):
        raise InvalidError("claim_empty", "the form is not ours")
    files = [one.stream for one in request.files.getlist("photos") if one.filename]
    asked = Asked(
        kind=wanted,
        packs=_packs(),
        key=f"{part[:24]}:{token}",
        actor=_actor(),
        person_id=_person_id(),
        percent=_whole(request.form.get("percent", FULL)),
        words=request.form.get("words", "").strip(),
        cause=_cause(),
        photos=photos.clean_all(files, at_most=MAX_PHOTOS),
    )
    with unit_of_work() as session:
        _part(order_queries.get_group(session, number, caller), part)
        claim_id = claims.open_claim(session, part, asked, at=clock.now())
    flash(_("已提交售后申请。"), "success")
    return redirect(url_for(".show", number=number, claim_id=claim_id))


@pages.get("/orders/<number>/claims/<int:claim_id>")
@public
def show(number: str, claim_id: int) -> str:
    """Show one claim with its steps and what can be done about it."""
    return _page(number, claim_id, {})


def _page(number: str, claim_id: int, errors: Errors) -> str:
    caller = remembered_caller_of(number)
    with unit_of_work() as session:
        group, claim = _own(session, number, claim_id)
        order = _part(group, claim.order_number)
    return render_template(
        "storefront/claims/show.html",
        group=group,
        order=order,
        claim=claim,
        key=caller.key,
        errors=errors,
        typed=request.form if errors else {},
    )


@pages.get("/orders/<number>/claims/<int:claim_id>/photos/<int:photo_id>")
@public
def photo(number: str, claim_id: int, photo_id: int) -> Response:
    """Answer one photo of a claim, for those who may see the order."""
    with unit_of_work() as session:
        _own(session, number, claim_id)
        jpeg = order_queries.get_photo(session, claim_id, photo_id)
    return Response(
        jpeg, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=300"}
    )


@pages.post("/orders/<number>/claims/<int:claim_id>/accept")
@public
def accept(number: str, claim_id: int) -> ResponseReturnValue:
    """Take what the seller offers."""
    with unit_of_work() as session:
        _own(session, number, claim_id)
        claim_decisions.accept_offer(session, claim_id, Word(_actor()), at=clock.now())
    flash(_("已接受，款项将退回。"), "success")
    return redirect(url_for(".show", number=number, claim_id=claim_id))


@pages.post("/orders/<number>/claims/<int:claim_id>/send-back")
@public
@mends(SENT_BACK, _page)
def send_back(number: str, claim_id: int) -> ResponseReturnValue:
    """Note under which number the goods travel back."""
    given = [request.form.get(name, "").strip() for name in ("carrier", "waybill")]
    with unit_of_work() as session:
        _own(session, number, claim_id)
        claim_decisions.send_back(
            session, claim_id, Word(_actor()), Waybill(*given), at=clock.now()
        )
    flash(_("已登记快递单号。"), "success")
    return redirect(url_for(".show", number=number, claim_id=claim_id))


@pages.post("/orders/<number>/claims/<int:claim_id>/withdraw")
@public
def withdraw(number: str, claim_id: int) -> ResponseReturnValue:
    """Take a claim back."""
    with unit_of_work() as session:
        _own(session, number, claim_id)
        claim_decisions.withdraw(session, claim_id, Word(_actor()), at=clock.now())
    flash(_("已撤回售后申请。"), "success")
    return redirect(url_for(".show", number=number, claim_id=claim_id))


@pages.post("/orders/<number>/claims/<int:claim_id>/dispute")
@public
@mends(DISPUTED, _page)
def dispute(number: str, claim_id: int) -> ResponseReturnValue:
    """Ask the platform to decide in the seller's place."""
    word = Word(_actor(), request.form.get("reason", ""))
    with unit_of_work() as session:
        _own(session, number, claim_id)
        claim_decisions.dispute(session, claim_id, word, at=clock.now())
    flash(_("已申请平台介入。"), "success")
    return redirect(url_for(".show", number=number, claim_id=claim_id))


def _own(session: Session, number: str, claim_id: int) -> tuple[GroupRow, ClaimRow]:
    """Return the group and its claim for somebody who may see it."""
    group = order_queries.get_group(session, number, caller_of(number))
    parts = [part.number for part in group.orders]
    return group, order_queries.get_claim(session, claim_id, order_numbers=parts)


def _part(group: GroupRow, part: str) -> OrderRow:
    found = next((order for order in group.orders if order.number == part), None)
    if found is None:
        raise OrderNotFoundError(part)
    return found


def _kind(given: str) -> ClaimKind:
    if given not in set(ClaimKind):
        raise InvalidError("claim_not_offered", f"no claim of kind {given}")
    return ClaimKind(given)


def _cause() -> ClaimCause | None:
    given = request.form.get("cause", "")
    if given and given not in set(ClaimCause):
        raise InvalidError("claim_cause_unknown", f"no cause {given}")
    return ClaimCause(given) if given else None


def _packs() -> dict[int, int]:
    """Read the fields `packs-<line id>`; empty ones and zeros are left out."""
    found = {}
    for name, value in request.form.items():
        head, _dash, line = name.partition("-")
        if head == "packs" and line.isascii() and line.isdigit() and len(line) < len("9" * 18):
            packs = _whole(value or "0")
            if packs:
                found[int(line)] = packs
    return found


def _whole(given: str) -> int:
    if not NUMBER.fullmatch(given.strip()):
        raise InvalidError("claim_empty", "a number is needed")
    return int(given)


def _person_id() -> int | None:
    actor = find_actor()
    return actor.person_id if actor else None


def _actor() -> str:
    person_id = _person_id()
    return "guest" if person_id is None else f"person:{person_id}"
