"""What buyers said of a seller's goods, and the one answer the seller may give."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from catalog.listing import reviews as review_queries
from kernel import clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES, Role
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_reviews", __name__)

ANSWERERS = (Role.MANAGER, Role.CLERK)
PAGE_SIZE = 24


@pages.get("/reviews")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the visible reviews of the seller's goods, the newest first."""
    key = request.args.get("key")
    with unit_of_work() as session:
        page = review_queries.page_of_seller(session, seller_code(), key=key, size=PAGE_SIZE)
    return render_template(
        "supplier_portal/reviews/index.html",
        page=page,
        may_answer=current_actor().has(*ANSWERERS),
        is_first=key is None,
    )


@pages.post("/reviews/<int:review_id>/answer")
@requires(*ANSWERERS)
def answer(review_id: int) -> ResponseReturnValue:
    """Answer one review, once."""
    with unit_of_work() as session:
        catalog.answer_review(
            session,
            review_id,
            request.form.get("words", ""),
            seller_code=seller_code(),
            by=actor_code(),
            at=clock.now(),
        )
    flash(_("已公开答复。"), "success")
    return redirect(url_for(".index"))
