"""Shapes of the five measures and of what their figures are made of."""

from marshmallow import fields

from reporting.measure_facts import Measure
from shop.api.schemas.catalog import REGION, Language
from shop.api.schemas.fields import Shape, choice, minor, query_whole, text

MAX_REGION = 12
MAX_PAGES = 99_999
KNOWN = r"^[0-9A-Za-z.-]+$"
PLACE = r"^[^\s\x00-\x1f\x7f]+$"
MONTH = r"^(total|[0-9]{4}-[0-9]{2})$"


class MeasuresQuery(Language):
    """Which figures: a region and a year, as known at a moment."""

    region = text(
        MAX_REGION,
        pattern=REGION,
        metadata={"description": "One of the caller's regions; the widest when left out."},
    )
    year = query_whole(2000, 9999, metadata={"description": "The running year or one of four."})
    known = text(
        80,
        pattern=KNOWN,
        metadata={
            "description": "As known when: the last day of a month, or the `known` of an "
            "earlier answer, whose figures it gives again; now when left out."
        },
    )


class SourcesQuery(MeasuresQuery):
    """Which figure is opened."""

    measure = choice(list(Measure), required=True)
    place = text(
        64, pattern=PLACE, metadata={"description": "A `place` of the measures, or `total`."}
    )
    month = text(7, pattern=MONTH, metadata={"description": "A `month`, or `total`."})
    page = query_whole(0, MAX_PAGES, metadata={"description": "Counted from 0."})


class FigureTold(Shape):
    """The measures of one place in one month; null where withheld."""

    month = fields.String(required=True, metadata={"description": "`2026-11`, or `total`."})
    place = fields.String(
        required=True,
        metadata={"description": "Code of a township or village, a cold-chain area, `total`."},
    )
    households = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many households M3 is of; null where withheld."},
    )
    minors = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Integer(allow_none=True),
        metadata={"description": "Whole fen by measure, M1 to M5; null where withheld."},
    )


class MeasuresHead(Shape):
    """What the figures are of, and as known when."""

    region = fields.String(required=True)
    year = fields.Integer(required=True)
    definition = fields.String(required=True, metadata={"description": "How it is counted."})
    known = fields.String(
        required=True, metadata={"description": "Gives the same figures again, at any time."}
    )
    known_until = fields.AwareDateTime(
        required=True, metadata={"description": "Recorded from then on is not counted."}
    )
    minimum_households = fields.Integer(
        required=True, metadata={"description": "No figure of households is of fewer."}
    )


class MeasuresTold(MeasuresHead):
    """The five measures by month and place; no two of them may be added."""

    rows = fields.List(fields.Nested(FigureTold), required=True)


class PartTold(Shape):
    """One month or place a figure is the sum of."""

    key = fields.String(required=True)
    amount_minor = minor()


class DivisionTold(Shape):
    """The months or places a figure is the sum of."""

    rows = fields.List(fields.Nested(PartTold), required=True)
    rest_minor = minor(description="Whole fen of all that are withheld, together.")


class SourceTold(Shape):
    """One source of a figure, never a household."""

    month = fields.String(required=True)
    kind = choice(
        ["line", "contract", "allotment", "settlement", "paid", "refunded"], required=True
    )
    code = fields.String(
        required=True,
        metadata={"description": "Number of the order, contract, allotment or settlement."},
    )
    amount_minor = minor()
    households = fields.Integer(required=True, allow_none=True)


class SourcesTold(MeasuresHead):
    """A figure and what it is made of: all rows of all pages and the rest are the amount."""

    measure = choice(list(Measure), required=True)
    place = fields.String(required=True)
    month = fields.String(required=True)
    amount_minor = minor()
    by_month = fields.Nested(DivisionTold, required=True, allow_none=True)
    by_place = fields.Nested(DivisionTold, required=True, allow_none=True)
    rows = fields.List(fields.Nested(SourceTold), required=True)
    rest_minor = minor(description="Whole fen of what is not told one by one.")
    count = fields.Integer(
        required=True, metadata={"description": "How many rows all pages have together."}
    )
    pages = fields.Integer(required=True)
