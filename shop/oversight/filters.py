"""Reads the filter of a volume report from an address, and writes it back into one."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from kernel import clock
from kernel.errors import InvalidError
from reporting.rules.tables import months_between
from reporting.values import NOWHERE, Dimension, Part, VolumeFilter
from shop.oversight.scopes import Scope

MONTH = "%Y-%m"
MAX_MONTHS = 60
DEFAULT_MONTHS = 12
YEARS = validate.Range(date(2000, 1, 1), date(2100, 12, 1))

VIEWS: dict[str, tuple[Dimension, Dimension]] = {
    "place-month": (Dimension.PLACE, Dimension.MONTH),
    "place-channel": (Dimension.PLACE, Dimension.CHANNEL),
    "channel-month": (Dimension.CHANNEL, Dimension.MONTH),
}
"""Which two dimensions a table lays against each other: rows and columns."""


class VolumeQuery(Schema):
    """What may stand in the address of a volume report."""

    class Meta:
        """Other parts of an address, such as the language, are none of ours."""

        unknown = EXCLUDE

    since = fields.Date(format=MONTH, data_key="from", validate=YEARS)
    until = fields.Date(format=MONTH, data_key="to", validate=YEARS)
    as_of = fields.AwareDateTime(format="iso")
    place = fields.String(validate=validate.Regexp(rf"^(\d{{6}}|\d{{9}}|\d{{12}}|{NOWHERE})$"))
    channel = fields.String(validate=validate.Length(max=64))
    part = fields.Enum(Part, by_value=True)
    by = fields.String(validate=validate.OneOf(VIEWS))
    after = fields.String(validate=validate.Length(max=400))


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter with how to show it."""

    wanted: VolumeFilter
    by: str
    after: str

    @property
    def focus(self) -> str:
        """Return the narrowest region that is asked about."""
        place = self.wanted.place
        return self.wanted.scope if place in {None, NOWHERE} else place or self.wanted.scope

    @property
    def months(self) -> list[str]:
        """Return the months of the filter."""
        return months_between(self.wanted.since, self.wanted.until)


def read(scope: Scope) -> Asked:
    """Return the filter of this request; raises `InvalidError` or `ForbiddenError`."""
    given = {key: value for key, value in request.args.items() if value}
    try:
        values: dict[str, Any] = VolumeQuery().load(given)
    except ValidationError as error:
        field = min(error.messages_dict, key=str)
        raise InvalidError(
            "report_filter_invalid", f"the filter {field} is not valid", field=field
        ) from error
    wanted = _filter(scope, values)
    if not 1 <= len(months_between(wanted.since, wanted.until)) <= MAX_MONTHS:
        raise InvalidError(
            "report_months_invalid",
            f"a report covers 1 to {MAX_MONTHS} months, the first not after the last",
            maximum=MAX_MONTHS,
        )
    return Asked(wanted, values.get("by", "place-month"), values.get("after", ""))


def _filter(scope: Scope, values: dict[str, Any]) -> VolumeFilter:
    now = clock.now()
    place = values.get("place")
    part = values.get("part", Part.INSIDE)
    if part is Part.OUTSIDE:
        scope.ensure_district()
    elif place not in {None, NOWHERE}:
        scope.ensure(place)
    until = values.get("until", clock.local_month(now))
    return VolumeFilter(
        scope=scope.code,
        since=values.get("since", _months_before(until, DEFAULT_MONTHS - 1)),
        until=until,
        as_of=min(values.get("as_of", now), now),
        place=place,
        channel=values.get("channel"),
        part=part,
    )


def _months_before(month: date, count: int) -> date:
    for _step in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def arguments(asked: Asked, **changes: str | None) -> dict[str, str]:
    """Return the filter as arguments of an address; None leaves one out.

    The moment stands in it too, so that whatever is opened from a page shows its figures.
    """
    wanted = asked.wanted
    given: dict[str, str | None] = {
        "region": wanted.scope,
        "from": wanted.since.strftime(MONTH),
        "to": wanted.until.strftime(MONTH),
        "place": wanted.place,
        "channel": wanted.channel,
        "part": str(wanted.part) if wanted.part is Part.OUTSIDE else None,
        "by": asked.by,
        "as_of": wanted.as_of.isoformat(),
    }
    return {key: value for key, value in (given | changes).items() if value is not None}
