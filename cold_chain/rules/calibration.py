"""When the certificate of a channel had run out."""

from collections.abc import Sequence

from cold_chain.values import Span


def lapsed(valid: Sequence[Span], whole: Span) -> list[Span]:
    """Return the parts of a period after a certificate ended and before another began.

    A channel that never had one lapses nowhere: the lack is shown, it is no expiry.
    """
    if not valid:
        return []
    parts = []
    known_us = min(one.from_us for one in valid)
    for one in sorted(valid):
        if one.from_us > known_us:
            parts.append(Span(known_us, one.from_us))
        known_us = max(known_us, one.to_us)
    parts.append(Span(known_us, whole.to_us))
    cut = [Span(max(one.from_us, whole.from_us), min(one.to_us, whole.to_us)) for one in parts]
    return [one for one in cut if one.to_us > one.from_us]
