"""Reviews as the operator watches over them: hidden and shown again, always with a reason."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from catalog.listing import reviews as review_queries
from catalog.values.reviews import ReviewState
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from shop.console.acting import PAGE_SIZE, act, actor_code, asked_state

pages = Blueprint("console_reviews", __name__)


@pages.get("/reviews")
@requires(Role.OPERATOR)
def index() -> str:
    """List the reviews in a state, the newest first."""
    state = asked_state(ReviewState) or ReviewState.VISIBLE
    key = request.args.get("key")
    with unit_of_work() as session:
        page = review_queries.page_of_desk(session, state, key=key, size=PAGE_SIZE)
    return render_template(
        "console/reviews/index.html",
        page=page,
        state=state,
        states=list(ReviewState),
        is_first=key is None,
    )


@pages.post("/reviews/<int:review_id>/hide")
@requires(Role.OPERATOR)
def hide(review_id: int) -> ResponseReturnValue:
    """Take a review off the page."""
    at = clock.now()
    with unit_of_work() as session:
        catalog.hide_review(
            session, review_id, request.form.get("reason", ""), by=actor_code(), at=at
        )
        audit.record(session, act("review_hidden", f"review:{review_id}", at=at))
    flash(_("已隐藏，买家能看到理由。"), "success")
    return redirect(url_for(".index"))


@pages.post("/reviews/<int:review_id>/show")
@requires(Role.OPERATOR)
def show(review_id: int) -> ResponseReturnValue:
    """Put a hidden review back."""
    at = clock.now()
    with unit_of_work() as session:
        catalog.show_review(
            session, review_id, request.form.get("reason", ""), by=actor_code(), at=at
        )
        audit.record(session, act("review_shown", f"review:{review_id}", at=at))
    flash(_("已恢复公开。"), "success")
    return redirect(url_for(".index", state=ReviewState.HIDDEN))
