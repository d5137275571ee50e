"""Figures in the base unit of what they measure, so that any unit finds any other.

Codes are those of UN/ECE Recommendation 20. A unit that is not listed stays what it is and is
found by its own code alone.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

PLACES: Final = Decimal(1).scaleb(-9)
ONE: Final = Decimal(1)
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as so many base units, counted from an offset in itself."""

    base: str
    factor: Decimal = ONE
    offset: Decimal = ZERO


UNITS: Final = {
    "KEL": Unit("KEL"),
    "CEL": Unit("KEL", ONE, Decimal("273.15")),
    "FAH": Unit("KEL", Decimal(5) / Decimal(9), Decimal("459.67")),
    "P1": Unit("P1"),
    "A93": Unit("A93"),
    "LUX": Unit("LUX"),
    "MTR": Unit("MTR"),
    "CMT": Unit("MTR", Decimal("0.01")),
    "MMT": Unit("MTR", Decimal("0.001")),
    "KMT": Unit("MTR", Decimal(1000)),
    "KGM": Unit("KGM"),
    "GRM": Unit("KGM", Decimal("0.001")),
    "MGM": Unit("KGM", Decimal("0.000001")),
    "SEC": Unit("SEC"),
    "MIN": Unit("SEC", Decimal(60)),
    "HUR": Unit("SEC", Decimal(3600)),
    "DAY": Unit("SEC", Decimal(86400)),
    "MTS": Unit("MTS"),
    "KMH": Unit("MTS", Decimal(1000) / Decimal(3600)),
    "MSK": Unit("MSK"),
    "PAL": Unit("PAL"),
    "HPA": Unit("PAL", Decimal(100)),
    "KPA": Unit("PAL", Decimal(1000)),
    "BAR": Unit("PAL", Decimal(100_000)),
    "MBR": Unit("PAL", Decimal(100)),
    "MTQ": Unit("MTQ"),
    "LTR": Unit("MTQ", Decimal("0.001")),
    "MLT": Unit("MTQ", Decimal("0.000001")),
    "MTK": Unit("MTK"),
    "VLT": Unit("VLT"),
    "AMP": Unit("AMP"),
    "WTT": Unit("WTT"),
    "JOU": Unit("JOU"),
    "HTZ": Unit("HTZ"),
    "NEW": Unit("NEW"),
}

BASES: Final = {
    "Temperature": "KEL",
    "Mass": "KGM",
    "Length": "MTR",
    "Speed": "MTS",
    "Pressure": "PAL",
    "Time": "SEC",
    "Illuminance": "LUX",
    "Area": "MTK",
}
"""What a measurement must be in the end, where the unit is a known one."""


def to_base(figure: float | Decimal, code: str | None) -> tuple[Decimal, str | None]:
    """Return a figure in the base unit of its unit, with the code of that."""
    exact = Decimal(str(figure))
    unit = UNITS.get(code or "")
    if unit is None:
        return exact, code
    try:
        return ((exact + unit.offset) * unit.factor).quantize(PLACES).normalize(), unit.base
    except InvalidOperation:
        # Too large to be anything that is measured; kept as it is, under its own unit.
        return exact, code


def fits(measurement: str, code: str) -> bool:
    """Tell whether a known unit can be one of a known kind of measurement."""
    unit, base = UNITS.get(code), BASES.get(measurement)
    return unit is None or base is None or unit.base == base
