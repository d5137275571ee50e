"""Commands on baskets and orders; states move only along the tables in `rules`."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from catalog.models import Sku
from kernel.errors import InvalidError
from orders import rules
from orders.errors import OrderNotFoundError
from orders.models import (
    Basket,
    BasketLine,
    LotAllocation,
    Order,
    OrderEvent,
    OrderGroup,
    OrderLine,
)
from orders.values import (
    Buyer,
    GroupHead,
    GroupState,
    OrderHead,
    OrderState,
    OrderStep,
    PlacedLine,
    Quote,
    QuotedLine,
    Recipient,
)

MAX_LINE_QUANTITY = 9_999
MAX_BASKET_LINES = 100

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

LOCK_ORDERS = text(
    """
    SELECT part.number, part.group_number, part.seller_code, part.carrier_code, part.state,
        part.goods_minor, part.shipping_minor, whole.city
    FROM seller_orders part JOIN order_groups whole ON whole.number = part.group_number
    WHERE part.number = ANY (CAST(:numbers AS text[]))
    ORDER BY part.number FOR UPDATE OF part
    """
)

TELL_STEPS = text(
    """
    INSERT INTO order_events (group_number, order_number, state, actor, at)
    SELECT group_number, order_number, :state, actor, at
    FROM unnest(CAST(:groups AS text[]), CAST(:numbers AS text[]), CAST(:actors AS text[]),
        CAST(:ats AS timestamptz[])) WITH ORDINALITY
        AS step (group_number, order_number, actor, at, place)
    ORDER BY place
    """
)


def open_basket(session: Session, *, person_id: int | None, at: datetime) -> str:
    """Make an empty basket and return its token."""
    token = secrets.token_urlsafe(24)
    session.add(Basket(token=token, person_id=person_id, updated_at=at))
    session.flush()
    return token


def put_in_basket(
    session: Session, token: str, sku_code: str, quantity: int, *, at: datetime
) -> None:
    """Add packs to a basket; raises for an unknown SKU or basket or a wrong quantity."""
    sku_id, basket_id = _basket_and_sku(session, token, sku_code)
    _check_quantity(quantity)
    count = session.scalar(
        select(func.count()).select_from(BasketLine).where(BasketLine.basket_id == basket_id)
    )
    if (count or 0) >= MAX_BASKET_LINES:
        raise InvalidError("basket_full", "too many different goods", maximum=MAX_BASKET_LINES)
    statement = upsert(BasketLine).values(
        basket_id=basket_id, sku_id=sku_id, quantity=quantity, added_at=at
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[BasketLine.basket_id, BasketLine.sku_id],
            set_={
                "quantity": func.least(BasketLine.quantity + quantity, MAX_LINE_QUANTITY),
            },
        )
    )


def set_in_basket(
    session: Session, token: str, sku_code: str, quantity: int, *, at: datetime
) -> None:
    """Set the packs of one SKU; zero takes the line out."""
    sku_id, basket_id = _basket_and_sku(session, token, sku_code)
    if quantity == 0:
        session.execute(
            delete(BasketLine).where(
                BasketLine.basket_id == basket_id, BasketLine.sku_id == sku_id
            )
        )
        return
    _check_quantity(quantity)
    statement = upsert(BasketLine).values(
        basket_id=basket_id, sku_id=sku_id, quantity=quantity, added_at=at
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[BasketLine.basket_id, BasketLine.sku_id],
            set_={"quantity": quantity},
        )
    )


def _check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_LINE_QUANTITY:
        raise InvalidError(
            "quantity_out_of_bounds",
            f"a quantity is between 1 and {MAX_LINE_QUANTITY}",
            maximum=MAX_LINE_QUANTITY,
        )


def _basket_and_sku(session: Session, token: str, sku_code: str) -> tuple[int, int]:
    sku_id = session.scalar(select(Sku.id).where(Sku.code == sku_code))
    basket_id = session.scalar(select(Basket.id).where(Basket.token == token))
    if sku_id is None:
        raise InvalidError("sku_unknown", f"no SKU {sku_code}", code=sku_code)
    if basket_id is None:
        raise InvalidError("basket_unknown", "this basket is gone")
    return sku_id, basket_id


def empty_basket(session: Session, token: str) -> None:
    """Take every line out of a basket."""
    session.execute(
        delete(BasketLine).where(
            BasketLine.basket_id
            == select(Basket.id).where(Basket.token == token).scalar_subquery()
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """Everything an order group is made of besides its quote."""

    number: str
    access_key: str
    buyer: Buyer
    recipient: Recipient
    carrier_code: str
    locale: str
    placed_at: datetime
    expires_at: datetime
    is_sample: bool = False


def place(session: Session, new: NewGroup, quote: Quote) -> list[PlacedLine]:
    """Write a group, its seller orders and lines in three statements; return the lines."""
    session.execute(
        insert(OrderGroup).values(
            number=new.number,
            access_hash=rules.access_hash(new.access_key),
            buyer_person_id=new.buyer.person_id,
            buyer_organisation_code=new.buyer.organisation_code,
            channel_code=new.buyer.channel_code,
            state=GroupState.PENDING_PAYMENT,
            goods_minor=quote.goods_minor,
            shipping_minor=quote.shipping_minor,
            total_minor=quote.total_minor,
            recipient=msgspec.json.encode(asdict(new.recipient)).decode(),
            city=new.recipient.city,
            locale=new.locale,
            placed_at=new.placed_at,
            expires_at=new.expires_at,
            is_sample=new.is_sample,
        )
    )
    numbered = {
        order.seller_code: f"{new.number}-{position}"
        for position, order in enumerate(quote.orders, start=1)
    }
    session.execute(
        insert(Order).values(
            [
                {
                    "number": numbered[order.seller_code],
                    "group_number": new.number,
                    "seller_code": order.seller_code,
                    "carrier_code": new.carrier_code,
                    "state": OrderState.PENDING_PAYMENT,
                    "goods_minor": order.goods_minor,
                    "shipping_minor": order.shipping_minor,
                    "needs_cold_chain": order.needs_cold_chain,
                }
                for order in quote.orders
            ]
        )
    )
    rows = session.execute(
        insert(OrderLine)
        .values([_line_values(numbered[line.seller_code], line) for line in quote.lines])
        .returning(OrderLine.id, OrderLine.order_number, OrderLine.sku_id, OrderLine.quantity)
    )
    return [PlacedLine(*row) for row in rows]


def _line_values(order_number: str, line: QuotedLine) -> dict[str, object]:
    return {
        "order_number": order_number,
        "sku_id": line.sku_id,
        "product_code": line.product_code,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price_minor,
        "gross_minor": line.gross_minor,
        "origin_district_code": line.origin_district_code,
        "origin_township_code": line.origin_township_code,
        "origin_village_code": line.origin_village_code,
        "snapshot": {
            "name": line.name,
            "name_en": line.name_en,
            "spec": line.spec,
            "picture": line.picture,
            "category_code": line.category_code,
            "seller_name": line.seller_name,
            "storage_code": line.storage_code,
            "limit_profile": line.limit_profile,
            "needs_cold_chain": line.needs_cold_chain,
            "net_weight_g": line.net_weight_g,
            "is_sample": line.is_sample,
        },
    }


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
        .values(state=GroupState.PAID, paid_at=at)
    )
    session.execute(
        update(Order).where(Order.group_number == group.number).values(state=OrderState.PAID)
    )
    _tell(session, group.number, state=GroupState.PAID, actor=actor, at=at)


def close_group(
    session: Session, group: GroupHead, state: GroupState, *, actor: str, at: datetime
) -> None:
    """Cancel or expire an unpaid group with all its orders."""
    rules.check_group_step(group.number, group.state, state)
    session.execute(
        update(OrderGroup)
        .where(OrderGroup.number == group.number)
        .values(state=state, closed_at=at)
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


def mark_lines_refunded(session: Session, order_number: str) -> None:
    """Set every line of an order to refunded in full."""
    session.execute(
        update(OrderLine)
        .where(OrderLine.order_number == order_number)
        .values(refunded_minor=OrderLine.gross_minor)
    )
