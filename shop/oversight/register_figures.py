"""What may be told of a region's register: counts by place, never of a few households."""

from flask import Blueprint, render_template
from flask_babel import gettext as _

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.policy import find_disclosure
from parties.values import Role
from reporting import volumes
from reporting.register import figures, links
from reporting.register.figures import FigureColumn
from reporting.rules.disclosure import TOTAL
from shop.oversight import register_words as words
from shop.oversight.register_access import today
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_register_figures", __name__)


@pages.get("/register/figures")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show the one table that may be published, with coverage and measures read off it."""
    scope = current_scope()
    with unit_of_work() as session:
        places = list(volumes.list_places(session, scope.code))
        days = links.find_days(session, on=today())
        shown = find_disclosure(session, on=today())
        table = figures.count(session, scope.code, days, places=places, shown=shown)
        target = figures.find_target(session, days)
    return render_template(
        "oversight/register_figures/show.html",
        scope=scope,
        region=places[0],
        places={place.code: place for place in places},
        table=table,
        total=TOTAL,
        columns=[str(column) for column in FigureColumn],
        labels=words.figures(),
        coverage=figures.coverage,
        aided=figures.aided,
        target=target,
        minimum=shown.minimum,
        as_of=clock.now(),
        definition=[
            _(
                "覆盖率：脱贫户中有在用联结合同的户数占全部脱贫户的比例。"
                "在用合同指户签合同，或本户在 %(since)s 以来交过货的单位与全体交货户的合同。",
                since=days.since,
            ),
            _("措施率：在监测户中有在用帮扶措施登记的户数占全部在监测户的比例。"),
            _(
                "少于 %(minimum)s 户的数字以及能由此推算出它们的数字均不公布。",
                minimum=shown.minimum,
            ),
        ],
    )
