"""My shipping rules: what parcels cost, by temperature, weight and province, from a day on."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.postal import PROVINCES
from orders import queries as order_queries
from orders import service as orders
from orders.values import ShippingRuleTerms, Temperature
from parties.values import SELLER_ROLES
from supplier_portal import numbers
from supplier_portal.access import actor_code, seller_code
from supplier_portal.products import LISTERS

pages = Blueprint("supplier_shipping", __name__)


@pages.get("/shipping")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's rules that hold or will, with a form for a new one."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        rules = order_queries.list_own_rules(session, seller_code(), on=today)
    return render_template(
        "supplier_portal/shipping/index.html",
        rules=rules,
        today=today,
        tomorrow=today + timedelta(days=1),
        provinces=PROVINCES,
    )


@pages.post("/shipping")
@requires(*LISTERS)
def set_rule() -> ResponseReturnValue:
    """Let a rule hold from a day on; what it replaces ends the day before."""
    new, at = _read(seller_code()), clock.now()
    with unit_of_work() as session:
        rule_id = orders.set_shipping_rule(session, new, actor=actor_code(), at=at)
        audit.record(session, _act("shipping_rule_set", f"shipping_rule:{rule_id}"))
    flash(_("已保存，从生效日起按新规则收运费。"), "success")
    return redirect(url_for(".index"))


@pages.post("/shipping/<int:rule_id>/end")
@requires(*LISTERS)
def end_rule(rule_id: int) -> ResponseReturnValue:
    """End a rule after today; one that has not begun is taken away."""
    with unit_of_work() as session:
        orders.end_shipping_rule(session, rule_id, seller_code=seller_code(), at=clock.now())
        audit.record(session, _act("shipping_rule_ended", f"shipping_rule:{rule_id}"))
    flash(_("已停用：明天起不再按此规则收运费。"), "success")
    return redirect(url_for(".index"))


def _read(seller: str) -> ShippingRuleTerms:
    temperature = numbers.word("temperature")
    if temperature not in {one.value for one in Temperature}:
        raise InvalidError("temperature_unknown", "no such temperature")
    return ShippingRuleTerms(
        rule_id=None,
        seller_code=seller,
        temperature=Temperature(temperature),
        provinces=tuple(request.form.getlist("provinces")),
        first_g=numbers.grams("first_kg"),
        first_minor=numbers.amount("first") or 0,
        step_g=numbers.grams("step_kg"),
        step_minor=numbers.amount("step") or 0,
        free_from_minor=numbers.amount("free_from"),
        valid_from=numbers.day("valid_from"),
    )


def _act(action: str, subject: str) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=subject,
        purpose="supplier_portal",
        at=clock.now(),
        detail={},
    )
