"""What a report asks for and the frozen figures it answers with; amounts in whole fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

DEFINITION = "purchase-volume/1"
"""The written definition every purchase figure is counted by; it stands in `reporting.ddl`."""

NOWHERE = "-"
"""Code of the place of goods whose origin names none on the level of the report."""


class Dimension(StrEnum):
    """What a figure of a volume report can be broken down by."""

    MONTH = "month"
    PLACE = "place"
    CHANNEL = "channel"


class Part(StrEnum):
    """Which goods are counted: those of the scope, or those of other districts (区外)."""

    INSIDE = "inside"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFilter:
    """What is counted: a scope, whole months, and what was known at one moment.

    Events are never changed or dated back, so the same filter always gives the same figures.
    """

    scope: str
    """Region code whose goods are counted: district, township or village."""
    since: date
    """First day of the first month."""
    until: date
    """First day of the last month, which is counted too."""
    as_of: datetime
    """Nothing from this moment on is counted."""
    place: str | None = None
    """A place inside the scope, or `NOWHERE`."""
    channel: str | None = None
    part: Part = Part.INSIDE


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was paid and what of it was refunded, in fen; refunds are zero or negative."""

    paid_minor: int = 0
    refunded_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Return the purchase volume: paid less refunded."""
        return self.paid_minor + self.refunded_minor

    def __add__(self, other: "Amounts") -> "Amounts":
        """Add two amounts part by part."""
        return Amounts(
            self.paid_minor + other.paid_minor, self.refunded_minor + other.refunded_minor
        )

    def __sub__(self, other: "Amounts") -> "Amounts":
        """Subtract part by part."""
        return Amounts(
            self.paid_minor - other.paid_minor, self.refunded_minor - other.refunded_minor
        )


@dataclass(frozen=True, slots=True)
class VolumeCell:
    """One month of one place through one channel."""

    month: date
    place: str
    channel: str
    amounts: Amounts

    def key(self, dimension: Dimension) -> str:
        """Return the cell's code in one dimension; months as `2026-11`."""
        if dimension is Dimension.MONTH:
            return f"{self.month:%Y-%m}"
        return self.place if dimension is Dimension.PLACE else self.channel


@dataclass(frozen=True, slots=True)
class VolumeReport:
    """The cells of one filter and the total, which the database adds up on its own."""

    filter: VolumeFilter
    cells: tuple[VolumeCell, ...]
    total: Amounts
    is_sample: bool = False
    """Whether sample data is among what was counted."""


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Two dimensions of a report against each other, with totals and what no row names.

    Row totals, column totals and the residual come out of the cells; `total` is the
    database's own. `residual` is the total less all rows: goods without a listed origin.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[tuple[str, str], Amounts]
    row_totals: Mapping[str, Amounts]
    column_totals: Mapping[str, Amounts]
    residual_by_column: Mapping[str, Amounts]
    residual: Amounts
    total: Amounts


@dataclass(frozen=True, slots=True)
class VolumeLine:
    """One event behind a figure: a paid line, or what of it was refunded."""

    kind: str
    """`paid` or `refunded`."""
    order_line_id: int
    at: datetime
    order_number: str
    product_code: str
    product_name: str
    product_name_en: str
    quantity: int
    channel: str
    district: str | None
    township: str | None
    village: str | None
    """Names of where the goods come from."""
    buyer: str | None
    """Name of the buying organisation; empty for a private buyer, who is never named."""
    minor: int
    is_sample: bool
    weight_g: int | None = None
    """Net grams of goods sold by weight, once they are weighed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a report with where it lies on the map, if that is known."""

    code: str
    name: str
    short_name: str
    pinyin: str
    parent_code: str | None
    focus_tier: str
    cold_chain_area: str
    latitude: float | None
    longitude: float | None

    @property
    def name_en(self) -> str:
        """Return the name in Latin letters, written together as on maps."""
        return self.pinyin.replace(" ", "").capitalize()


class CategoryGroup(StrEnum):
    """The columns of the table of benefited households."""

    LIFTED = "lifted"
    MONITORED = "monitored"
    GENERAL = "general"
