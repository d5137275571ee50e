"""Help and rules: how things go here, in figures in force today; terms of trade by version."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import clock, policy
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from orders import queries as order_queries
from shop.security import public
from shop.storefront import licences, memory
from workflows.agreed import VERSIONS, find_version
from workflows.reviews import CODES as REVIEW_CODES

pages = Blueprint("storefront_help", __name__)
pages.record_once(lambda state: memory.init_app(state.app))
TOPICS = ("delivery", "returns", "cold", "prices", "invoices", "privacy", "complaints")
FIGURES = (
    "reservation_minutes",
    "weighed_extra_percent",
    "struck_price_days",
    "fresh_shelf_days",
    "retention_recipient_days",
    "retention_basket_days",
    "retention_transaction_years",
    "subject_request_working_days",
    "shipping_free_from_minor",
    "shipping_ambient_minor",
    "shipping_cold_minor",
    *REVIEW_CODES,
)


@pages.app_context_processor
def footer() -> dict[str, Any]:
    """Give every page the licences for its foot."""
    return {"shown_licences": licences.shown, "licence_names": licences.names}


@dataclass(frozen=True, slots=True)
class TopicView:
    """One topic of the help, with the words that lead to it."""

    code: str
    title: str
    text: str


def topics() -> list[TopicView]:
    """Return the topics in the reader's language."""
    words = {
        "delivery": (_("配送与运费"), _("多久发、怎么送、运费怎么算、送不到怎么办。")),
        "returns": (_("退换与坏损赔付"), _("生鲜坏了不用寄回；什么能退、几天内退、谁付邮费。")),
        "cold": (_("冷链怎么保证"), _("多少度、谁来记、超温了怎么办。")),
        "prices": (_("价格规则"), _("划线价、活动价、每 500 克价、按重量结算。")),
        "invoices": (_("发票"), _("谁来开、怎么申请、退货以后怎么办。")),
        "privacy": (_("个人信息与浏览记录"), _("留什么、留多久、怎么带走和删除。")),
        "complaints": (_("评价与投诉"), _("谁能评价、怎么投诉、平台何时介入。")),
    }
    return [TopicView(code, *words[code]) for code in TOPICS]


@pages.get("/help")
@public
def index() -> str:
    """Show all topics, the terms in force and the operator's licences."""
    with unit_of_work() as session:
        version = find_version(session, at=clock.now())
    return render_template("storefront/help/index.html", topics=topics(), version=version)


@pages.get("/help/<topic>")
@public
def show(topic: str) -> str:
    """Show one topic with the figures in force today."""
    known = {one.code: one for one in topics()}
    if topic not in known:
        raise NotFoundError("help_not_found", f"no topic {topic}")
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        figures = memory.recall(("help", today), lambda: _figures(session, today))
    return render_template(
        "storefront/help/show.html",
        topic=known[topic],
        topics=list(known.values()),
        today=today,
        **figures,
    )


@pages.get("/help/terms")
@public
def current_terms() -> ResponseReturnValue:
    """Lead to the terms of trade in force now."""
    with unit_of_work() as session:
        version = find_version(session, at=clock.now())
    if version is None:
        raise NotFoundError("terms_not_found", "no terms are in force")
    return redirect(url_for(".terms", version=version))


@pages.get("/help/terms/<version>")
@public
def terms(version: str) -> str:
    """Show one version of the terms of trade, in force or not any more."""
    if version not in VERSIONS:
        raise NotFoundError("terms_not_found", f"no terms {version}")
    with unit_of_work() as session:
        current = find_version(session, at=clock.now())
    return render_template(
        "storefront/help/terms.html",
        version=version,
        current=current,
        versions=VERSIONS,
    )


@pages.get("/licences")
@public
def show_licences() -> str:
    """Show the licences of the operator with number and validity."""
    with unit_of_work() as session:
        rows = licences.list_licences(session, on=clock.local_date(clock.now()))
    return render_template(
        "storefront/help/show_licences.html", rows=rows, names=licences.names()
    )


def _figures(session: Session, on: date) -> dict[str, Any]:
    found = policy.list_in_force(session, [*FIGURES, *order_queries.TERMS], on=on)
    return {
        "figures": {code: int(found[code]) for code in FIGURES if code in found},
        "claims": order_queries.terms_of(found),
    }
