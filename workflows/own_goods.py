"""What goods bought from households cost, as they are sold, returned or lost.

The seller bears what its goods cost: with the sale, with a refund that keeps the goods gone,
and with what is written off. The households have their money from the receipt, whatever
becomes of the goods; the trace book says which sale their goods went into.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import queries as catalog_queries
from catalog.service import LinePick
from households import service as households
from households.values import Issued, IssueKind, PacksOut, Traced
from ledger.values import Book, Entry, Line, PostingKind

TracedLines = Mapping[int, Sequence[Traced]]
"""What of each order line leads to which household."""


def sell(
    session: Session, picks: Iterable[LinePick], moments: Mapping[int, datetime]
) -> list[Issued]:
    """Note what delivered packs had cost, line by line in the order of their moments.

    `moments` are by order line. Lines noted before are left out.
    """
    outs = [
        PacksOut(pick.lot_id, pick.quantity, pick.order_line_id, moments[pick.order_line_id])
        for pick in picks
    ]
    ordered = sorted(outs, key=lambda out: (out.at, out.order_line_id or 0, out.lot_id))
    return households.issue_goods(session, IssueKind.SOLD, ordered)


def cost_entries(
    session: Session, issued: Sequence[Issued], sellers: Mapping[int, str]
) -> list[Entry]:
    """P2': the seller pays for the goods out of the sale; `sellers` are by order line."""
    codes = _codes(session, issued)
    return [
        Entry(
            book=Book.MONEY,
            key=cost_key(line_id),
            kind=PostingKind.OWN_LINE_EARNED,
            effective_at=parts[0].at,
            source=f"line:{line_id}",
            lines=[
                Line(f"L:payable:coop:{sellers[line_id]}", total),
                Line("I:sales", -total),
                Line("E:cogs", total),
                *(Line(inventory(codes[one.lot_id]), -one.cost_minor) for one in parts),
            ],
        )
        for line_id, parts in _by_line(issued).items()
        if (total := sum(one.cost_minor for one in parts))
    ]


def returned_entries(returned: Sequence[Issued], refund_id: int) -> list[Entry]:
    """F2': the goods were no sale after all; they stay gone and with them their cost."""
    return [
        Entry(
            book=Book.MONEY,
            key=f"refund:{refund_id}:line:{line_id}:cost",
            kind=PostingKind.OWN_LINE_RETURNED,
            effective_at=parts[0].at,
            source=f"line:{line_id}",
            lines=[Line("I:sales", total), Line("E:cogs", -total)],
            reverses=cost_key(line_id),
        )
        for line_id, parts in _by_line(returned).items()
        if (total := sum(one.cost_minor for one in parts))
    ]


def lost_entries(session: Session, lost: Sequence[Issued], seller_code: str) -> list[Entry]:
    """W1: the seller bears what its written-off goods had cost."""
    codes = _codes(session, lost)
    return [
        Entry(
            book=Book.MONEY,
            key=f"issue:{one.issue_id}:lost",
            kind=PostingKind.GOODS_WRITTEN_OFF,
            effective_at=one.at,
            source=f"lot:{codes[one.lot_id]}",
            lines=[
                Line(f"L:payable:coop:{seller_code}", one.cost_minor),
                Line(inventory(codes[one.lot_id]), -one.cost_minor),
            ],
        )
        for one in lost
        if one.cost_minor
    ]


def traced(issued: Iterable[Issued]) -> TracedLines:
    """Return whose goods went into each line, and for how much."""
    lines: dict[int, list[Traced]] = defaultdict(list)
    for one in issued:
        if one.order_line_id is not None:
            lines[one.order_line_id] += one.parts
    return lines


def trace_lines(order_line_id: int, parts: Iterable[Traced], *, sign: int) -> list[Line]:
    """Return the trace of a line: what leads to each household by class, against the line."""
    sums: dict[str, int] = defaultdict(int)
    for part in parts:
        sums[f"T:hh:{part.household_id}:{part.income_class}"] += sign * part.minor
    households_ = [Line(code, minor) for code, minor in sorted(sums.items())]
    total = sum(sums.values())
    return [Line(f"T:line:{order_line_id}", -total), *households_] if total else []


def inventory(lot_code: str) -> str:
    """Return the account on which a purchased lot stands at cost."""
    return f"A:inventory:lot:{lot_code}"


def cost_key(order_line_id: int) -> str:
    """Return the posting key under which the goods of a line were paid for by their seller."""
    return f"line:{order_line_id}:cost"


def _by_line(issued: Iterable[Issued]) -> dict[int, list[Issued]]:
    lines: dict[int, list[Issued]] = defaultdict(list)
    for one in issued:
        if one.order_line_id is not None:
            lines[one.order_line_id].append(one)
    return lines


def _codes(session: Session, issued: Sequence[Issued]) -> Mapping[int, str]:
    if not issued:
        return {}
    return catalog_queries.list_lot_codes(session, {one.lot_id for one in issued})
