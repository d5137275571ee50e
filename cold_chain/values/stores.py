"""Zones of stores and bookings of their volume."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ZoneKind(StrEnum):
    """At what temperature a zone is kept."""

    CHILLED = "chilled"
    FROZEN = "frozen"
    COOL = "cool"


class Held(NamedTuple):
    """Volume that is taken from one moment up to, not including, another."""

    from_at: datetime
    to_at: datetime
    volume_l: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewZone:
    """A zone to be entered in the register; temperatures in hundredths of °C."""

    code: str
    site_code: str
    name: str
    kind: ZoneKind
    volume_l: int
    name_en: str = ""
    lower_centi: int | None = None
    upper_centi: int | None = None
    is_shared: bool = True
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """Volume wanted from one moment up to another, litres."""

    zone_code: str
    organisation_code: str
    goods: str
    volume_l: int
    from_at: datetime
    to_at: datetime
    key: str
    actor: str
