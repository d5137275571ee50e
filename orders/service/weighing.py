"""Write down what was weighed, and what lines came to by it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from orders.models import WeighedLine, Weighing
from orders.values import PlacedLine, Quote, Settled
from orders.values import Weighing as Read

REMEMBER = text("""
    UPDATE weighed_lines line SET weight_g = read.weight_g
    FROM unnest(CAST(:lines AS bigint[]), CAST(:weights AS integer[])) AS read (id, weight_g)
    WHERE line.order_line_id = read.id
""")
SETTLE = text("""
    UPDATE weighed_lines line SET settled_at = :at, pieces = one.pieces,
        charged_minor = one.charged, settled_minor = one.settled
    FROM unnest(CAST(:lines AS bigint[]), CAST(:pieces AS integer[]),
        CAST(:charged AS bigint[]), CAST(:settled AS bigint[]))
        AS one (id, pieces, charged, settled)
    WHERE line.order_line_id = one.id
""")


def note_terms(session: Session, quote: Quote, placed: Sequence[PlacedLine]) -> None:
    """Write the terms of the lines of a placed quote that are sold by weight."""
    rows = [
        {
            "order_line_id": written.line_id,
            "jin_minor": terms.jin_minor,
            "estimate_g": terms.estimate_g,
            "min_g": terms.min_g,
            "max_g": terms.max_g,
            "most_g": terms.most_g,
        }
        for line, written in zip(quote.lines, placed, strict=True)
        if (terms := line.weighing) is not None
    ]
    if rows:
        session.execute(insert(WeighedLine).values(rows))


def record_weighing(session: Session, read: Read) -> None:
    """Add what the scale showed to the history; the last of it is the line's net weight."""
    sums = {line: sum(pieces) for line, pieces in read.pieces_g.items()}
    session.execute(
        insert(Weighing).values(
            [
                {
                    "order_line_id": line,
                    "pieces_g": list(pieces),
                    "weight_g": sums[line],
                    "actor": read.actor,
                    "at": read.at,
                }
                for line, pieces in read.pieces_g.items()
            ]
        )
    )
    session.execute(REMEMBER, {"lines": list(sums), "weights": list(sums.values())})


def settle_weighed(session: Session, settled: Sequence[Settled], *, at: datetime) -> None:
    """Fix what weighed lines came to; from now on nothing of them changes."""
    session.execute(
        SETTLE,
        {
            "lines": [one.line_id for one in settled],
            "pieces": [one.pieces for one in settled],
            "charged": [one.charged_minor for one in settled],
            "settled": [one.settled_minor for one in settled],
            "at": at,
        },
    )
