"""Numbers and moments as decoders need them: exact, and refused when they cannot be meant."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from cold_chain.rules.moments import SECOND_US, from_us

ZERO_CELSIUS_CENTI = 27_315
CENTI_BOUND = 1_000_000
LAST_SECOND = 253_402_300_799
"""The end of the year 9999: later moments cannot be written down."""
FAHRENHEIT_ZERO = 32
CENTI = Decimal(100)
LONGEST = 40
MOST_DIGITS = 30


def to_decimal(value: float) -> Decimal:
    """Return the shortest decimal number a program meant."""
    return Decimal(repr(value))


def read_decimal(text: str) -> Decimal | None:
    """Return the number a text spells, or None for none that can be reckoned with."""
    if len(text) > LONGEST:
        return None
    try:
        number = Decimal(text.strip())
    except ArithmeticError:
        return None
    return number if number.is_finite() and number.adjusted() <= MOST_DIGITS else None


def to_centi(value: Decimal, *, unit: str = "C") -> int | None:
    """Return hundredths of °C of a value in C, K or F, or None for no thinkable number."""
    if not value.is_finite() or abs(value) > CENTI_BOUND:
        return None
    if unit == "F":
        value = (value - FAHRENHEIT_ZERO) * 5 / 9
    centi = int((value * CENTI).to_integral_value(ROUND_HALF_UP))
    if unit == "K":
        centi -= ZERO_CELSIUS_CENTI
    return centi if abs(centi) <= CENTI_BOUND else None


def to_moment(seconds: Decimal) -> datetime | None:
    """Return the moment so many seconds after 1970, or None outside of 1970 to 9999."""
    if not seconds.is_finite() or not 0 <= seconds <= LAST_SECOND:
        return None
    return from_us(int((seconds * SECOND_US).to_integral_value(ROUND_HALF_UP)))
