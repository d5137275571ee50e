"""Purchase volume by month, place and channel, and the order lines behind each figure."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from kernel.clock import at_local_midnight, next_month
from kernel.orm import UtcDateTime
from kernel.regions import DISTRICT_DIGITS, TOWNSHIP_DIGITS, Region, RegionLevel
from kernel.rows import fill_all
from orders.models import OrderLine, WeighedLine
from parties.models import Organisation
from reporting.values import (
    NOWHERE,
    Amounts,
    Part,
    Place,
    VolumeCell,
    VolumeFilter,
    VolumeLine,
    VolumeReport,
)

EVENTS = table(
    "volume_events",
    column("kind"),
    column("order_line_id", BigInteger),
    column("order_number"),
    column("product_code"),
    column("origin_district_code"),
    column("origin_township_code"),
    column("origin_village_code"),
    column("channel_code"),
    column("buyer_organisation_code"),
    column("at", UtcDateTime()),
    column("month", Date),
    column("minor", BigInteger),
    column("quantity"),
    column("is_sample"),
)

NO_PLACE: ColumnElement[str] = literal_column(f"'{NOWHERE}'")
"""Written out, because a parameter would make the selected and the grouped place differ."""

LineKey = tuple[datetime, int, str]
"""Where a page of lines goes on: moment, line and kind of the last one shown."""


def count(session: Session, wanted: VolumeFilter) -> VolumeReport:
    """Return the cells of a filter and its total in one statement.

    The total is a grouping set of its own, so that it does not come out of the cells.
    """
    place = _place_of(wanted)
    month, channel = EVENTS.c.month, EVENTS.c.channel_code
    paid = _sum_of("paid")
    refunded = _sum_of("refunded")
    rows = session.execute(
        select(
            func.grouping(month).label("is_total"),
            month,
            place,
            channel,
            paid,
            refunded,
            func.coalesce(func.bool_or(EVENTS.c.is_sample), False).label("is_sample"),
        )
        .where(*_conditions(wanted))
        .group_by(func.grouping_sets(tuple_(month, place, channel), text("()")))
        .order_by(text("is_total"), month, place, channel)
    ).all()
    total = rows[-1]
    return VolumeReport(
        filter=wanted,
        cells=tuple(
            VolumeCell(row[1], row[2], row[3], Amounts(row.paid, row.refunded))
            for row in rows[:-1]
        ),
        total=Amounts(total.paid, total.refunded),
        is_sample=total.is_sample,
    )


def list_lines(
    session: Session, wanted: VolumeFilter, *, after: LineKey | None, limit: int
) -> Sequence[VolumeLine]:
    """Return the lines behind a filter, newest first, beyond a key; one statement."""
    events = _merged_events(wanted).subquery()
    snapshot = OrderLine.snapshot
    district, township, village = aliased(Region), aliased(Region), aliased(Region)
    statement = (
        select(
            events.c.kind,
            events.c.order_line_id,
            events.c.at,
            OrderLine.order_number,
            OrderLine.product_code,
            snapshot["name"].as_string(),
            snapshot["name_en"].as_string(),
            events.c.quantity,
            events.c.channel_code,
            district.name,
            township.name,
            village.name,
            Organisation.name,
            events.c.minor,
            events.c.is_sample,
            WeighedLine.weight_g,
        )
        .join(OrderLine, OrderLine.id == events.c.order_line_id)
        .outerjoin(WeighedLine, WeighedLine.order_line_id == OrderLine.id)
        .outerjoin(Organisation, Organisation.code == events.c.buyer_organisation_code)
        .outerjoin(district, district.code == OrderLine.origin_district_code)
        .outerjoin(township, township.code == OrderLine.origin_township_code)
        .outerjoin(village, village.code == OrderLine.origin_village_code)
        .order_by(events.c.at.desc(), events.c.order_line_id.desc(), events.c.kind.desc())
        .limit(limit)
    )
    if after is not None:
        at, line_id, kind = after
        statement = statement.where(
            tuple_(events.c.at, events.c.order_line_id, events.c.kind)
            < tuple_(literal(at, UtcDateTime()), literal(line_id), literal(kind))
        )
    return fill_all(VolumeLine, session.execute(statement))


def add_up(session: Session, wanted: VolumeFilter) -> Amounts:
    """Return the one figure of a filter."""
    row = session.execute(
        select(_sum_of("paid"), _sum_of("refunded")).where(*_conditions(wanted))
    ).one()
    return Amounts(row.paid, row.refunded)


def has_sample(session: Session, scope: str) -> bool:
    """Say whether sample data is among the purchases of a region's goods."""
    found = select(literal(1)).where(_origin(scope) == scope, EVENTS.c.is_sample).exists()
    return bool(session.scalar(select(found)))


def list_places(session: Session, scope: str) -> Sequence[Place]:
    """Return a region and the places one level below it, the region first.

    A village has no places below it and stands for itself.
    """
    rows = session.execute(
        select(
            Region.code,
            Region.name,
            Region.short_name,
            Region.pinyin,
            Region.parent_code,
            Region.focus_tier,
            Region.cold_chain_area,
            Region.latitude,
            Region.longitude,
        )
        .where(or_(Region.code == scope, Region.parent_code == scope))
        .order_by(case((Region.code == scope, 0), else_=1), Region.code)
    )
    return fill_all(Place, rows)


def level_of(code: str) -> RegionLevel:
    """Return the level a region code stands on by its length."""
    if len(code) <= DISTRICT_DIGITS:
        return RegionLevel.DISTRICT
    return RegionLevel.TOWNSHIP if len(code) == TOWNSHIP_DIGITS else RegionLevel.VILLAGE


def _merged_events(wanted: VolumeFilter) -> Select[tuple[object, ...]]:
    """Return one row a line, moment and kind: the key of paging is unique then."""
    return (
        select(
            EVENTS.c.kind,
            EVENTS.c.order_line_id,
            EVENTS.c.at,
            EVENTS.c.channel_code,
            EVENTS.c.buyer_organisation_code,
            func.sum(EVENTS.c.quantity).label("quantity"),
            func.sum(EVENTS.c.minor).cast(BigInteger).label("minor"),
            EVENTS.c.is_sample,
        )
        .where(*_conditions(wanted))
        .group_by(
            EVENTS.c.kind,
            EVENTS.c.order_line_id,
            EVENTS.c.at,
            EVENTS.c.channel_code,
            EVENTS.c.buyer_organisation_code,
            EVENTS.c.is_sample,
        )
    )


def _sum_of(kind: str) -> ColumnElement[int]:
    minor = func.coalesce(func.sum(EVENTS.c.minor).filter(EVENTS.c.kind == kind), 0)
    return minor.cast(BigInteger).label(kind)


def _conditions(wanted: VolumeFilter) -> list[ColumnElement[bool]]:
    begin = at_local_midnight(wanted.since)
    end = min(at_local_midnight(next_month(wanted.until)), wanted.as_of)
    conditions = [EVENTS.c.at >= begin, EVENTS.c.at < end]
    if wanted.part is Part.OUTSIDE:
        conditions.append(EVENTS.c.origin_district_code != wanted.scope)
    else:
        conditions.append(_origin(wanted.scope) == wanted.scope)
    if wanted.place == NOWHERE:
        conditions.append(_place_below(wanted.scope).is_(None))
    elif wanted.place is not None:
        conditions.append(_origin(wanted.place) == wanted.place)
    if wanted.channel is not None:
        conditions.append(EVENTS.c.channel_code == wanted.channel)
    return [and_(*conditions)]


def _origin(code: str) -> ColumnElement[str]:
    columns = {
        RegionLevel.DISTRICT: EVENTS.c.origin_district_code,
        RegionLevel.TOWNSHIP: EVENTS.c.origin_township_code,
        RegionLevel.VILLAGE: EVENTS.c.origin_village_code,
    }
    return columns[level_of(code)]


def _place_below(scope: str) -> ColumnElement[str]:
    if level_of(scope) is RegionLevel.DISTRICT:
        return EVENTS.c.origin_township_code
    return EVENTS.c.origin_village_code


def _place_of(wanted: VolumeFilter) -> ColumnElement[str]:
    """Return what the cells are counted by: districts outside, else places one level below."""
    if wanted.part is Part.OUTSIDE:
        return func.coalesce(EVENTS.c.origin_district_code, NO_PLACE)
    narrowest = wanted.place if wanted.place not in {None, NOWHERE} else None
    return func.coalesce(_place_below(narrowest or wanted.scope), NO_PLACE)
