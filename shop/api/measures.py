"""The five measures for programs of officials: the figures of the page, by the same gate."""

from typing import Any

from flask import Blueprint, Response

from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting.measure_facts import Measure
from reporting.measure_sources import PAGE_SIZE, Division
from reporting.measures import DEFINITION
from reporting.rules.disclosure import TOTAL
from shop.api import contract
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import measures as shapes
from shop.oversight.income import Figures, gather
from shop.oversight.income_sources import open_figure

pages = Blueprint("api_measures", __name__)

REFUSALS = {
    401: "Nobody is signed in.",
    403: "The caller is not an official, or not of this region.",
}


@pages.get("/measures")
@requires(Role.OFFICIAL)
@operation(
    Operation(
        summary="Get the five measures of a year",
        description=(
            "Linked sales, traced receipts, recognised income, net income and payments of a "
            "region by month and place, as its page gives them: what is of too few households, "
            "or would tell of them, is null. Cells in which nothing is are left out."
        ),
        tag="measures",
        query=shapes.MeasuresQuery,
        answer=shapes.MeasuresTold,
        refusals=REFUSALS,
        caller=Caller.OFFICE,
    )
)
def get_measures() -> Response:
    """Every cell of the page that is not empty."""
    contract.read_query(shapes.MeasuresQuery)
    with unit_of_work() as session:
        figures = gather(session)
    return contract.answer(shapes.MeasuresTold, _head(figures) | {"rows": _rows(figures)})


@pages.get("/measures/sources")
@requires(Role.OFFICIAL)
@operation(
    Operation(
        summary="Open a figure of the measures",
        description=(
            "The months and places a figure is the sum of, and its sources: order lines, "
            "receipts of a contract and month, allotments, settlements. A source of too few "
            "households, or that would tell of them, is part of the rest; all rows of all "
            "pages and the rest are the amount to the fen. Give `known` for further pages."
        ),
        tag="measures",
        query=shapes.SourcesQuery,
        answer=shapes.SourcesTold,
        refusals=REFUSALS | {404: "The figure is withheld."},
        caller=Caller.OFFICE,
    )
)
def list_sources() -> Response:
    """Tell what one figure is made of."""
    contract.read_query(shapes.SourcesQuery)
    with unit_of_work() as session:
        figures = gather(session)
        opened = open_figure(session, figures)
    asked, found = opened.asked, opened.found
    told = _head(figures) | {
        "measure": asked.measure,
        "place": asked.place,
        "month": asked.month,
        "amount_minor": found.minor,
        "by_month": _divided(opened.by_month),
        "by_place": _divided(opened.by_place),
        "rows": [
            {
                "month": row.month,
                "kind": row.kind,
                "code": row.code,
                "amount_minor": row.minor,
                "households": row.households,
            }
            for row in found.rows
        ],
        "rest_minor": found.rest_minor,
        "count": found.count,
        "pages": -(-found.count // PAGE_SIZE),
    }
    return contract.answer(shapes.SourcesTold, told)


def _head(figures: Figures) -> dict[str, Any]:
    return {
        "region": figures.scope.code,
        "year": figures.income.year.year,
        "definition": DEFINITION,
        "known": figures.known.quote,
        "known_until": figures.known.until,
        "minimum_households": figures.minimum,
    }


def _rows(figures: Figures) -> list[dict[str, Any]]:
    income = figures.income
    found: list[dict[str, Any]] = []
    for month in (*income.months, TOTAL):
        for place in (TOTAL, *income.places):
            minors = {str(one): income.find(one, place, month) for one in Measure}
            if any(minor != 0 for minor in minors.values()):
                households = income.find_households(place, month)
                found.append(
                    {
                        "month": month,
                        "place": place,
                        "households": households,
                        "minors": minors,
                    }
                )
    return found


def _divided(division: Division | None) -> dict[str, Any] | None:
    if division is None:
        return None
    rows = [{"key": key, "amount_minor": minor} for key, minor in division.parts]
    return {"rows": rows, "rest_minor": division.rest_minor}
