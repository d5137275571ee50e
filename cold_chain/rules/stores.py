"""How much of a zone is taken at most while a booking lasts."""

from collections.abc import Iterable
from datetime import datetime

from cold_chain.values.stores import Held


def peak(held: Iterable[Held], from_at: datetime, to_at: datetime) -> int:
    """Return the most litres taken at any moment from one up to, not including, another.

    It only ever rises where something begins, so that these moments are all there is to ask.
    """
    within = [one for one in held if one.from_at < to_at and one.to_at > from_at]
    begins = {from_at, *(one.from_at for one in within if one.from_at > from_at)}
    return max(
        (
            sum(one.volume_l for one in within if one.from_at <= moment < one.to_at)
            for moment in begins
        ),
        default=0,
    )
