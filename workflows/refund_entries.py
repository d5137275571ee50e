"""The postings of refunds: F1 before delivery, F2 by exact reversal after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from households import service as households
from households.values import LinePosting, Traced
from ledger.values import Book, Entry, Line, PostingKind
from orders.values import OrderHead
from workflows import own_goods
from workflows.covering import cover
from workflows.order_delivered import GOODWILL, earn_key, shipping_key, trace_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A booked refund of one order: what of each line, what of the shipping, under which id."""

    order: OrderHead
    refund_id: int
    minors: Mapping[int, int]
    """Fen of each line's gross, by line id."""
    funded: Mapping[int, int]
    """What of it goes back to the platform, by line id."""
    finished: frozenset[int]
    """Lines of which nothing is left."""
    shipping_minor: int
    at: datetime

    @property
    def key(self) -> str:
        """Return the name under which everything of this refund is posted."""
        return f"refund:{self.refund_id}"

    @property
    def buyer_minor(self) -> int:
        """Return what the buyer gets, in fen."""
        goods = sum(self.minors.values()) - sum(self.funded.values())
        return goods + self.shipping_minor


def unearned(session: Session, booked: Booked) -> Entry:
    """F1: what was prepaid is owed back, and nobody expects it any more."""
    take_expected(session, booked)
    return Entry(
        book=Book.MONEY,
        key=f"{booked.key}:book",
        kind=PostingKind.REFUND_UNEARNED,
        effective_at=booked.at,
        source=f"order:{booked.order.number}",
        lines=[
            Line(f"L:prepaid:{booked.order.number}", booked.buyer_minor),
            Line(f"L:refund:{booked.refund_id}", -booked.buyer_minor),
        ],
    )


def take_expected(session: Session, booked: Booked) -> None:
    """Let nobody expect any more what a refund takes back before delivery."""
    households.void(session, booked.finished, refund_key=booked.key, at=booked.at)
    households.reverse_parts(session, _parts_only(booked), refund_key=booked.key, at=booked.at)


def _parts_only(booked: Booked) -> dict[int, int]:
    return {line: minor for line, minor in booked.minors.items() if line not in booked.finished}


def earned(session: Session, booked: Booked, *, alongside: Sequence[Entry] = ()) -> list[Entry]:
    """F2: every party of every line, and the carrier's fee, by exact reversal.

    What a line traced goes back too. Households whose goods were bought keep their money: the
    seller bears the refund, and what its goods had cost. `alongside` is posted with it.
    """
    finished, at = sorted(booked.finished), booked.at
    returned = households.return_goods(session, finished, at=at)
    taken = [
        *households.reverse(session, finished, refund_key=booked.key, at=at),
        *households.reverse_parts(session, _parts_only(booked), refund_key=booked.key, at=at),
    ]
    taken.sort(key=lambda posting: posting.order_line_id)
    bought = own_goods.traced(returned)
    traces = [
        _trace_back(posting, bought.get(posting.order_line_id, ()), booked) for posting in taken
    ]
    reversals = [_reversal(posting, booked) for posting in taken]
    return [
        *cover(session, [*reversals, *_shipping(booked)], alongside=alongside),
        *alongside,
        *own_goods.returned_entries(returned, booked.refund_id),
        *(entry for entry in traces if entry),
    ]


def _reversal(posting: LinePosting, booked: Booked) -> Entry:
    line_id = posting.order_line_id
    funded = booked.funded.get(line_id, 0)
    lines = [Line(code, minor) for code, minor in posting.amounts]
    lines.append(Line(f"L:refund:{booked.refund_id}", funded - posting.minor))
    if funded:
        lines.append(Line(GOODWILL, -funded))
    return _entry(booked, f"line:{line_id}", lines, reverses=earn_key(line_id))


def _shipping(booked: Booked) -> list[Entry]:
    minor = booked.shipping_minor
    if not minor:
        return []
    lines = [
        Line(f"L:payable:logistics:{booked.order.carrier_code}", minor),
        Line(f"L:refund:{booked.refund_id}", -minor),
    ]
    number = booked.order.number
    return [
        _entry(
            booked,
            "shipping",
            lines,
            reverses=shipping_key(number),
            source=f"order:{number}",
        )
    ]


def _entry(
    booked: Booked, part: str, lines: Sequence[Line], *, reverses: str, source: str = ""
) -> Entry:
    return Entry(
        book=Book.MONEY,
        key=f"{booked.key}:{part}",
        kind=PostingKind.REFUND_EARNED,
        effective_at=booked.at,
        source=source or part,
        lines=lines,
        reverses=reverses,
    )


def _trace_back(posting: LinePosting, bought: Sequence[Traced], booked: Booked) -> Entry | None:
    line_id = posting.order_line_id
    lines = own_goods.trace_lines(line_id, [*posting.traced, *bought], sign=-1)
    if not lines:
        return None
    return Entry(
        book=Book.TRACE,
        key=f"{booked.key}:line:{line_id}:trace",
        kind=PostingKind.TRACE_RETURNED,
        effective_at=booked.at,
        source=f"line:{line_id}",
        lines=lines,
        reverses=trace_key(line_id),
    )
