"""Shape of a temperature chart: points, limits, gaps and excursions of one shipment."""

from marshmallow import fields

from shop.api.schemas.fields import Shape

CENTI = "Hundredths of a degree Celsius."


class ChartPoint(Shape):
    """One reading of the curve."""

    at = fields.AwareDateTime(required=True)
    centi = fields.Integer(required=True, metadata={"description": CENTI})


class ChartLimit(Shape):
    """One limit to draw."""

    side = fields.String(required=True)
    limit_centi = fields.Integer(required=True, metadata={"description": CENTI})
    severity = fields.String(required=True)


class ChartGap(Shape):
    """A stretch without readings that is longer than the sampling allows."""

    from_at = fields.String(required=True, metadata={"format": "date-time"})
    to_at = fields.String(required=True, metadata={"format": "date-time"})
    unknown_s = fields.Integer(required=True, metadata={"description": "Seconds."})


class ChartExcursion(Shape):
    """One unbroken period beyond a limit; an alarm only when it lasted long enough."""

    rule = fields.String(required=True)
    severity = fields.String(required=True)
    side = fields.String(required=True)
    limit_centi = fields.Integer(required=True, metadata={"description": CENTI})
    peak_centi = fields.Integer(required=True, metadata={"description": CENTI})
    start_at = fields.String(required=True, metadata={"format": "date-time"})
    end_at = fields.String(required=True, metadata={"format": "date-time"})
    alarm_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})


class DoorPeriod(Shape):
    """From when to when a door stood open."""

    from_at = fields.AwareDateTime(required=True)
    to_at = fields.AwareDateTime(required=True)


class Chart(Shape):
    """The temperature record of one shipment, thinned for the eye, extremes kept."""

    shipment_id = fields.Integer(required=True)
    profile_code = fields.String(required=True)
    profile_version = fields.Integer(required=True)
    target_lower_centi = fields.Integer(required=True, allow_none=True)
    target_upper_centi = fields.Integer(required=True, allow_none=True)
    limits = fields.List(fields.Nested(ChartLimit), required=True)
    from_at = fields.AwareDateTime(required=True)
    to_at = fields.AwareDateTime(required=True)
    points = fields.List(fields.Nested(ChartPoint), required=True)
    doors = fields.List(fields.Nested(DoorPeriod), required=True)
    gaps = fields.List(fields.Nested(ChartGap), required=True)
    excursions = fields.List(fields.Nested(ChartExcursion), required=True)
    verdict = fields.String(required=True, allow_none=True)


class OrderCharts(Shape):
    """The charts of a seller's part; empty when nothing in it travels under limits."""

    order_number = fields.String(required=True)
    charts = fields.List(fields.Nested(Chart), required=True)
