"""Listings a seller writes: drafts, photos, what buyers would see, and what became of them."""

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import ListingIncompleteError
from catalog.listing import changes
from catalog.listing.changes import OpenedChange
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES
from supplier_portal import listing_forms as forms
from supplier_portal.access import actor_code, seller_code
from supplier_portal.products import LISTERS

pages = Blueprint("supplier_listings", __name__)

UNPROCESSABLE = 422


@pages.get("/listings")
@requires(*SELLER_ROLES)
def index() -> str:
    """List what the seller wrote: drafts, what is looked at, what became of the rest."""
    with unit_of_work() as session:
        rows = changes.list_of_seller(session, seller_code())
    return render_template("supplier_portal/listings/index.html", rows=rows)


@pages.post("/listings")
@requires(*LISTERS)
def begin() -> ResponseReturnValue:
    """Open a draft of a new product, or of one that is there."""
    product = request.form.get("product") or None
    with unit_of_work() as session:
        number = catalog.begin_change(
            session, seller_code(), product, actor=actor_code(), at=clock.now()
        )
    return redirect(url_for(".edit", change_id=number))


@pages.get("/listings/<int:change_id>")
@requires(*SELLER_ROLES)
def show(change_id: int) -> str:
    """Show a listing as buyers would see it, with every step it went."""
    with unit_of_work() as session:
        change = changes.get_change(session, change_id, seller_code=seller_code())
        words = read_words(session)
    return render_template("supplier_portal/listings/show.html", change=change, **words)


@pages.get("/listings/<int:change_id>/edit")
@requires(*LISTERS)
def edit(change_id: int) -> str:
    """Show the form of a listing."""
    with unit_of_work() as session:
        change = changes.get_change(session, change_id, seller_code=seller_code())
        words = read_words(session)
    return _form(change, words, {})


@pages.post("/listings/<int:change_id>")
@requires(*LISTERS)
def save(change_id: int) -> ResponseReturnValue:
    """Keep a draft; where it is to be looked at, hand it in as well.

    What was written stays also when something is missing: then the form says what.
    """
    seller, at = seller_code(), clock.now()
    photos = list(forms.read_photos())
    with unit_of_work() as session:
        kept = changes.get_change(session, change_id, seller_code=seller).head.plan
        keep = partial(catalog.keep_photo, session, seller, at=at)
        fresh = [keep(copies) for copies in photos]
        attributes = [row.code for row in changes.list_attributes(session)]
        plan = forms.read_plan(kept, attributes, fresh)
        catalog.write_change(session, change_id, plan, seller_code=seller, at=at)
    if "send" not in request.form:
        flash(_("草稿已保存。"), "success")
        return redirect(url_for(".edit", change_id=change_id))
    try:
        with unit_of_work() as session:
            catalog.submit_change(
                session, change_id, seller_code=seller, actor=actor_code(), at=at
            )
    except ListingIncompleteError as refused:
        with unit_of_work() as session:
            change = changes.get_change(session, change_id, seller_code=seller)
            words = read_words(session)
        return _form(change, words, refused.faults), UNPROCESSABLE
    flash(_("已提交审核。审核前买家看到的内容不变。"), "success")
    return redirect(url_for(".show", change_id=change_id))


@pages.post("/listings/<int:change_id>/withdraw")
@requires(*LISTERS)
def withdraw(change_id: int) -> ResponseReturnValue:
    """Give a draft or a listing under review up."""
    with unit_of_work() as session:
        catalog.withdraw_change(
            session, change_id, seller_code=seller_code(), actor=actor_code(), at=clock.now()
        )
    flash(_("已撤回。"), "success")
    return redirect(url_for(".index"))


def read_words(session: Session) -> dict[str, object]:
    """Return the words a listing is written in: categories, attributes and places."""
    return {
        "categories": changes.list_categories(session),
        "attributes": changes.list_attributes(session),
        "places": changes.list_places(session),
        "storages": sorted(changes.get_taxonomy(session).storages),
    }


def _form(change: OpenedChange, words: Mapping[str, object], faults: Mapping[str, str]) -> str:
    return render_template(
        "supplier_portal/listings/edit.html",
        change=change,
        plan=change.head.plan,
        faults=faults,
        free_rows=forms.FREE_ROWS,
        **words,
    )
