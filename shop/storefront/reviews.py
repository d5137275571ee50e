"""What buyers say of goods: the form for one's own order line, a product's reviews, photos."""

import re

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog.listing import product as product_queries
from catalog.listing import reviews as review_queries
from catalog.values.reviews import Said
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders.queries import GroupCaller
from parties.values import Role
from shop import photos
from shop.mending import Errors, mends
from shop.security import find_actor, public
from shop.storefront import session as browser
from workflows import reviews
from workflows.reviews import MAX_PHOTOS, Writer

pages = Blueprint("storefront_reviews", __name__)

PAGE_SIZE = 20
STARS = re.compile(r"[1-5]\Z")
FIELDS = {
    "review_rating": "rating",
    "words_too_long": "words",
    "review_names_somebody": "words",
    "review_unprintable": "words",
    "claim_photos_too_many": "photos",
    "photo_too_large": "photos",
    "photo_unreadable": "photos",
}
"""Refusal → the field it speaks of."""


@pages.get("/products/<code>/reviews")
@public
def index(code: str) -> str:
    """List what buyers said of one product, the newest first."""
    key = request.args.get("key")
    with unit_of_work() as session:
        product = product_queries.get_product(session, code, at=clock.now())
        page = review_queries.page_of_product(session, code, key=key, size=PAGE_SIZE)
    return render_template(
        "storefront/reviews/index.html", product=product, page=page, is_first=key is None
    )


@pages.get("/reviews/photos/<int:photo_id>.webp")
@public
def photo(photo_id: int) -> Response:
    """Answer a picture of a visible review; one that is hidden only to the operator."""
    actor = find_actor()
    is_desk = actor is not None and actor.has(Role.OPERATOR)
    with unit_of_work() as session:
        webp = review_queries.get_photo(
            session, photo_id, is_thumb=request.args.get("size") == "thumb", is_desk=is_desk
        )
    # Hiding a review must end it, so nobody on the way keeps its pictures for long.
    kept = "private, no-store" if is_desk else "public, max-age=300"
    return Response(webp, mimetype="image/webp", headers={"Cache-Control": kept})


@pages.get("/orders/<number>/lines/<int:line_id>/review")
@public
def edit(number: str, line_id: int) -> str:
    """Show the form, filled in with what was said before."""
    return _form(number, line_id, {})


def _form(number: str, line_id: int, errors: Errors) -> str:
    at = clock.now()
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, _own(number))
        order, line = reviews.find_line(group, line_id)
        terms = reviews.find_terms(session, at=at)
        review = review_queries.find_of_line(session, line_id)
    return render_template(
        "storefront/reviews/edit.html",
        group=group,
        order=order,
        line=line,
        review=review,
        terms=terms,
        is_open=reviews.is_open(group, order, terms, at=at),
        max_photos=MAX_PHOTOS,
        errors=errors,
        typed=request.form if errors else {},
    )


@pages.post("/orders/<number>/lines/<int:line_id>/review")
@public
@mends(FIELDS, _form)
def write(number: str, line_id: int) -> ResponseReturnValue:
    """Write a review, or change the one there is."""
    said, at = _said(), clock.now()
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, _own(number))
        there = review_queries.find_of_line(session, line_id)
        do = reviews.write if there is None else reviews.change
        do(session, group, line_id, said, by=_writer(), at=at)
    flash(_("已发布，谢谢您的评价。") if there is None else _("评价已修改。"), "success")
    return redirect(url_for(".edit", number=number, line_id=line_id))


@pages.post("/orders/<number>/lines/<int:line_id>/review/withdraw")
@public
def withdraw(number: str, line_id: int) -> ResponseReturnValue:
    """Take a review back for good."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, _own(number))
        reviews.withdraw(session, group, line_id, by=_writer(), at=clock.now())
    flash(_("评价已删除，文字、照片和署名已销毁。"), "success")
    return redirect(url_for("storefront_orders.show", number=number))


def _own(number: str) -> GroupCaller:
    """Say who asks as the buyer; staff that may see every order does not speak for anybody."""
    actor = find_actor()
    return GroupCaller(
        key=request.args.get("key") or browser.order_key(number),
        person_id=actor.person_id if actor else None,
        organisation_codes=browser.buyer_organisations(actor),
    )


def _writer() -> Writer:
    actor = find_actor()
    return Writer(actor.person_id, actor.name) if actor else Writer()


def _said() -> Said:
    rating = request.form.get("rating", "")
    if not STARS.match(rating):
        raise InvalidError("review_rating", "one to five stars")
    files = [one.stream for one in request.files.getlist("photos") if one.filename]
    cleaned = photos.clean_all(files, at_most=MAX_PHOTOS)
    return Said(
        int(rating),
        request.form.get("words", "").replace("\r\n", "\n").strip(),
        tuple(photos.in_two_sizes(one) for one in cleaned),
    )
