"""What one figure of the five measures is made of, under the same knowledge as the figure."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel.access import requires
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from kernel.policy import find_disclosure
from parties.values import Role
from reporting.measure_facts import Measure
from reporting.measure_sources import (
    PAGE_SIZE,
    Asked,
    Division,
    Sources,
    divide_by_month,
    divide_by_place,
    list_sources,
)
from reporting.measures import DEFINITION
from reporting.rules.disclosure import TOTAL
from shop.oversight.income import Figures, gate_words, gather, said

pages = Blueprint("oversight_income_sources", __name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure with everything it is told to be made of."""

    asked: Asked
    found: Sources
    by_month: Division | None
    by_place: Division | None


@pages.get("/income/sources")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show the months, places, sales, receipts and payouts that add up to a figure."""
    with unit_of_work() as session:
        figures = gather(session)
        opened = open_figure(session, figures)
    asked = opened.asked
    return render_template(
        "oversight/income/sources.html",
        figures=figures,
        asked=asked,
        found=opened.found,
        divisions=(
            (_("按月"), opened.by_month, True),
            (_("按地方"), opened.by_place, False),
        ),
        measure=next(one for one in said() if one.measure is asked.measure),
        kinds=_kinds(),
        total=TOTAL,
        pages=-(-opened.found.count // PAGE_SIZE),
        definition=DEFINITION,
        words=gate_words(figures.minimum),
    )


def open_figure(session: Session, figures: Figures) -> Opened:
    """Return what the figure the address asks for is made of.

    Raises `InvalidError` for one the table does not have, or a page behind the last, and
    `NotFoundError` where it is withheld.
    """
    asked = _asked(figures)
    shown = find_disclosure(session, on=local_date(figures.as_of))
    found = list_sources(session, figures.income, asked, shown=shown, known=figures.known.until)
    if found is None:
        raise NotFoundError("figure_withheld", "this figure is withheld")
    if asked.page and not found.rows:
        raise InvalidError("report_filter_invalid", "there are fewer sources", field="page")
    return Opened(
        asked,
        found,
        divide_by_month(figures.income, asked),
        divide_by_place(figures.income, asked),
    )


def _asked(figures: Figures) -> Asked:
    """Read which figure is opened; raises `InvalidError` for one the table does not have."""
    measure = request.args.get("measure", "")
    place, month = request.args.get("place", TOTAL), request.args.get("month", TOTAL)
    page = request.args.get("page", "0")
    known = (
        measure in set(Measure)
        and place in {TOTAL, *figures.income.places}
        and month in {TOTAL, *figures.income.months}
        and page.isascii()
        and page.isdecimal()
        and len(page) < 6  # noqa: PLR2004 -- no year has more pages
    )
    if not known:
        raise InvalidError("report_filter_invalid", "the table has no such figure")
    return Asked(Measure(measure), place, month, int(page))


def _kinds() -> dict[str, str]:
    return {
        "paid": _("付款"),
        "refunded": _("退款"),
        "line": _("订单销售"),
        "contract": _("收购合同收货"),
        "allotment": _("分配"),
        "settlement": _("结算付款"),
    }
