"""Goods sold by weight: what the scale shows is written down, and settled when they leave.

A packer weighs while an order is paid or packed, and again as often as needed until it ships.
As it ships the last weight is what the line comes to; what the buyer was charged beyond that
goes back as a refund before delivery, so that everybody behind the goods expects, and then
earns, what was weighed.
Row locks: seller orders by number, then as the refund takes them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from kernel.errors import ConflictError, InvalidError
from orders import queries as order_queries
from orders import service as orders
from orders.rules import weighing as rules
from orders.values import LineToWeigh, OrderState, OrderStep, Weighing
from workflows import boxes, order_cancelled
from workflows.order_cancelled import LineBack, PartBack, Refusal

REASON = "weighed_less"
OPEN = frozenset({OrderState.PAID, OrderState.PACKED})


def weigh(session: Session, order_number: str, read: Weighing) -> None:
    """Write down what each piece of some lines weighs; the same again changes nothing.

    Raises `ConflictError` `weighing_closed` once the order left the store, `weight_unusual`
    for a piece outside its range until it is confirmed, and `InvalidError` for weights that
    are not these pieces' or cannot be true.
    """
    order = orders.lock_order(session, order_number)
    if order.state not in OPEN:
        raise ConflictError("weighing_closed", f"{order_number} is not to be weighed")
    lines = {
        line.line_id: line for line in order_queries.list_to_weigh(session, [order_number])
    }
    new = {}
    for line_id, pieces_g in read.pieces_g.items():
        line = lines.get(line_id)
        if line is None:
            raise InvalidError("weighing_line_unknown", f"no line {line_id} to weigh")
        rules.check_pieces(line, pieces_g, is_confirmed=read.is_confirmed)
        if tuple(pieces_g) != line.pieces_g:
            new[line_id] = tuple(pieces_g)
    if new:
        orders.record_weighing(session, Weighing(new, read.actor, read.at))
        _weigh_boxes(session, order_number)


def _weigh_boxes(session: Session, order_number: str) -> None:
    heads = order_queries.list_line_heads(session, order_number=order_number)
    weights = {
        line.line_id: line.weight_g
        for line in order_queries.list_to_weigh(session, [order_number])
        if line.weight_g is not None
    }
    cold_chain.reweigh(
        session,
        {
            box.code: sum(
                weights.get(line.line_id, line.net_weight_g * line.quantity)
                for line in box.lines
            )
            for box in boxes.pack(heads)
        },
    )


def check_weighed(session: Session, order_numbers: Sequence[str]) -> list[LineToWeigh]:
    """Return the lines of orders to settle; refuse pieces nobody weighed.

    Raises `ConflictError` `weight_missing`.
    """
    lines = order_queries.list_to_weigh(session, order_numbers)
    for line in lines:
        if not line.is_weighed:
            raise ConflictError(
                "weight_missing",
                f"line {line.line_id} of {line.order_number} was not weighed",
                number=line.order_number,
            )
    return [line for line in lines if line.settled_at is None]


def settle(session: Session, steps: Iterable[OrderStep]) -> None:
    """Settle what is sold by weight of locked orders that leave, and owe the rest back."""
    leaving = {one.order.number: one for one in steps}
    by_order: dict[str, list[LineToWeigh]] = {}
    for line in check_weighed(session, list(leaving)):
        by_order.setdefault(line.order_number, []).append(line)
    for number, lines in by_order.items():
        step = leaving[number]
        settled = [rules.settle(line) for line in lines]
        orders.settle_weighed(session, settled, at=step.at)
        back = {one.line_id: one.charged_minor - one.settled_minor for one in settled}
        _give_back(session, number, back, step.actor, step.at)


def refund_key(order_number: str) -> str:
    """Return the name of the refund that weighing an order causes."""
    return f"weighed:{order_number}"


def _give_back(
    session: Session, order_number: str, minors: Mapping[int, int], actor: str, at: datetime
) -> None:
    lines = tuple(LineBack(line, minor) for line, minor in minors.items() if minor)
    if lines:
        part = PartBack(key=refund_key(order_number), lines=lines)
        refusal = Refusal(actor, REASON)
        order_cancelled.refund_in_part(session, order_number, part, refusal, at=at)
