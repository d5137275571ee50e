"""Staff of a cooperative read how a part of one of its sales came to be; never a name."""

from flask import Blueprint, render_template

from kernel import clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting.explanation import reading
from reporting.explanation.values import Explanation, Reader
from supplier_portal.workings import WorkingLine, lines_of, trade_of

pages = Blueprint("supplier_entitlements", __name__)

READERS = (Role.MANAGER, Role.CLERK, Role.CASHIER)
"""Who may see single amounts of households; who packs boxes has no need to."""


@pages.get("/entitlements/<int:entitlement_id>")
@requires(*READERS)
def show(entitlement_id: int) -> str:
    """Explain one party's part of a sale under a contract the organisation pays."""
    reader = Reader(payer_codes=current_actor().organisation_codes(*READERS))
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        told = reading.explain(session, entitlement_id, reader, on=today)
    return render_template(
        "supplier_portal/entitlements/show.html", told=told, **words_of(told)
    )


def words_of(told: Explanation) -> dict[str, list[WorkingLine] | list[tuple[str, int]]]:
    """Return the lines a period close was worked out by; none for goods."""
    close = told.allotment
    if close is None:
        return {"common": [], "lines": [], "trade": []}
    return {
        "common": lines_of(close.common),
        "lines": lines_of(close.figures),
        "trade": trade_of(close.figures),
    }
