"""When a door stood open, told from moments at which it was seen."""

from collections.abc import Iterable

from cold_chain.values import Span


def open_periods(seen: Iterable[tuple[int, bool]], until_us: int) -> list[Span]:
    """Return the periods from first seen open to next seen shut, by time.

    `seen` are moments in microseconds and whether the door was open. A door that was never
    seen shut again counts as open up to `until_us`.
    """
    periods = []
    opened_us = None
    for at_us, is_open in sorted(seen):
        if is_open and opened_us is None:
            opened_us = at_us
        elif not is_open and opened_us is not None:
            periods.append(Span(opened_us, at_us))
            opened_us = None
    if opened_us is not None and opened_us < until_us:
        periods.append(Span(opened_us, until_us))
    return periods
