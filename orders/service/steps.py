"""Move groups and orders along the tables of states."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from orders import rules
from orders.errors import OrderNotFoundError
from orders.models import (
    LotAllocation,
    Order,
    OrderEvent,
    OrderGroup,
)
from orders.values import (
    GroupHead,
    GroupState,
    OrderHead,
    OrderState,
    OrderStep,
)

REFUNDED = text("""
    UPDATE order_lines line SET refunded_minor = line.refunded_minor + taken.minor
    FROM unnest(CAST(:lines AS bigint[]), CAST(:minors AS bigint[])) AS taken (id, minor)
    WHERE line.id = taken.id
""")
STEP = {
    state: text(f"""
        UPDATE seller_orders SET state = :state, {moment} = m.at
        FROM unnest(CAST(:numbers AS varchar[]), CAST(:ats AS timestamptz[])) AS m (number, at)
        WHERE seller_orders.number = m.number
    """)  # noqa: S608 -- the names of the columns stand right below
    for state, moment in {
        OrderState.PACKED: "packed_at",
        OrderState.SHIPPED: "shipped_at",
        OrderState.DELIVERED: "delivered_at",
        OrderState.REFUNDED: "refunded_at",
    }.items()
}

LOCK_ORDERS = text("""
    SELECT part.number, part.group_number, part.seller_code, part.carrier_code, part.state,
        part.goods_minor, part.shipping_minor, part.discount_minor,
        part.shipping_refunded_minor, whole.city
    FROM seller_orders part JOIN order_groups whole ON whole.number = part.group_number
    WHERE part.number = ANY (CAST(:numbers AS text[]))
    ORDER BY part.number FOR UPDATE OF part
""")
TELL_STEPS = text("""
    INSERT INTO order_events (group_number, order_number, state, actor, at)
    SELECT group_number, order_number, :state, actor, at
    FROM unnest(CAST(:groups AS text[]), CAST(:numbers AS text[]), CAST(:actors AS text[]),
        CAST(:ats AS timestamptz[])) WITH ORDINALITY
        AS step (group_number, order_number, actor, at, place)
    ORDER BY place
""")


def lock_group(session: Session, number: str) -> GroupHead:
    """Lock a group's row and return its facts; raises `OrderNotFoundError`."""
    row = session.execute(
        select(
            OrderGroup.number,
            OrderGroup.state,
            OrderGroup.total_minor,
            OrderGroup.placed_at,
            OrderGroup.channel_code,
            OrderGroup.city,
            OrderGroup.buyer_organisation_code,
            OrderGroup.is_sample,
        )
        .where(OrderGroup.number == number)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise OrderNotFoundError(number)
    return GroupHead(*row)


def lock_order(session: Session, number: str) -> OrderHead:
    """Lock a seller order's row and return its facts; raises `OrderNotFoundError`."""
    return lock_orders(session, [number])[number]


def lock_orders(session: Session, numbers: Sequence[str]) -> dict[str, OrderHead]:
    """Lock seller orders by number, return their facts; raises `OrderNotFoundError`."""
    rows = session.execute(LOCK_ORDERS, {"numbers": list(numbers)})
    found = {
        row["number"]: OrderHead(**{**row, "state": OrderState(row["state"])})
        for row in rows.mappings()
    }
    for number in numbers:
        if number not in found:
            raise OrderNotFoundError(number)
    return found


def mark_group_paid(session: Session, group: GroupHead, *, actor: str, at: datetime) -> None:
    """Move a group and all its orders to paid."""
    rules.check_group_step(group.number, group.state, GroupState.PAID)
    session.execute(
        update(OrderGroup)
        .where(OrderGroup.number == group.number)
        .values(state=GroupState.PAID, paid_at=at, hold_key=None)
    )
    session.execute(
        update(Order).where(Order.group_number == group.number).values(state=OrderState.PAID)
    )
    _tell(session, group.number, state=GroupState.PAID, actor=actor, at=at)


def await_transfer(
    session: Session, group: GroupHead, *, actor: str, at: datetime, expires_at: datetime
) -> None:
    """Let an unpaid group wait for a bank transfer, its goods held until `expires_at`."""
    rules.check_group_step(group.number, group.state, GroupState.AWAITING_BANK)
    session.execute(
        update(OrderGroup)
        .where(OrderGroup.number == group.number)
        .values(state=GroupState.AWAITING_BANK, expires_at=expires_at)
    )
    _tell(session, group.number, state=GroupState.AWAITING_BANK, actor=actor, at=at)


def request_cancel(session: Session, group: GroupHead, *, actor: str, at: datetime) -> None:
    """Note that nobody shall pay a group any more; its goods stay held for now."""
    rules.check_group_step(group.number, group.state, GroupState.CANCEL_REQUESTED)
    session.execute(
        update(OrderGroup)
        .where(OrderGroup.number == group.number)
        .values(state=GroupState.CANCEL_REQUESTED)
    )
    _tell(session, group.number, state=GroupState.CANCEL_REQUESTED, actor=actor, at=at)


def hold_until(session: Session, group_number: str, expires_at: datetime) -> None:
    """Hold an unpaid group's goods for longer; never for less."""
    session.execute(
        update(OrderGroup)
        .where(OrderGroup.number == group_number, OrderGroup.expires_at < expires_at)
        .values(expires_at=expires_at)
    )


def close_group(
    session: Session, group: GroupHead, state: GroupState, *, actor: str, at: datetime
) -> None:
    """Cancel or expire an unpaid group with all its orders."""
    rules.check_group_step(group.number, group.state, state)
    session.execute(
        update(OrderGroup)
        .where(OrderGroup.number == group.number)
        .values(state=state, closed_at=at, hold_key=None)
    )
    session.execute(
        update(Order)
        .where(Order.group_number == group.number)
        .values(state=OrderState.CANCELLED)
    )
    _tell(session, group.number, state=state, actor=actor, at=at)


def step(
    session: Session, order: OrderHead, state: OrderState, *, actor: str, at: datetime
) -> None:
    """Move one seller order along the table of states."""
    step_many(session, [OrderStep(order, actor, at)], state)


def step_many(session: Session, steps: Sequence[OrderStep], state: OrderState) -> None:
    """Move seller orders to one state, each at its own moment, with two statements."""
    if not steps:
        return
    for one in steps:
        rules.check_order_step(one.order.number, one.order.state, state)
    session.execute(
        STEP[state],
        {
            "state": state.value,
            "numbers": [one.order.number for one in steps],
            "ats": [one.at for one in steps],
        },
    )
    session.execute(
        TELL_STEPS,
        {
            "groups": [one.order.group_number for one in steps],
            "numbers": [one.order.number for one in steps],
            "state": state.value,
            "actors": [one.actor for one in steps],
            "ats": [one.at for one in steps],
        },
    )


def _tell(session: Session, group_number: str, *, state: str, actor: str, at: datetime) -> None:
    """Note a step of a whole group."""
    session.execute(
        insert(OrderEvent).values(group_number=group_number, state=state, actor=actor, at=at)
    )


def mark_late(session: Session, *, on: date, at: datetime) -> list[str]:
    """Note of orders that should have left before a day that their buyers are told; once."""
    return sorted(
        session.scalars(
            update(Order)
            .where(
                Order.ships_until < on,
                Order.state.in_((OrderState.PAID, OrderState.PACKED)),
                Order.late_told_at.is_(None),
            )
            .values(late_told_at=at)
            .returning(Order.number)
        )
    )


def record_allocations(session: Session, picks: Sequence[tuple[int, int, int]]) -> None:
    """Remember which lots lines came from: (order line id, lot id, packs)."""
    session.execute(
        insert(LotAllocation).values(
            [
                {"order_line_id": line_id, "lot_id": lot_id, "quantity": quantity}
                for line_id, lot_id, quantity in picks
            ]
        )
    )


def record_refund(
    session: Session, order_number: str, minors: Mapping[int, int], *, shipping_minor: int
) -> None:
    """Add to what is refunded: of each line's gross, by line id, and of the shipping."""
    if minors:
        session.execute(
            REFUNDED, {"lines": list(minors), "minors": [minors[line] for line in minors]}
        )
    if shipping_minor:
        session.execute(
            update(Order)
            .where(Order.number == order_number)
            .values(shipping_refunded_minor=Order.shipping_refunded_minor + shipping_minor)
        )
