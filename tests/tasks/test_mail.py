"""What buyers are written, in their language, and who is never written to."""

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from orders.models import LotAllocation, OrderGroup
from shop.tasks import outbox as relay_task
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.letters import WANG, MailServer
from tests.builders.sales import GUEST, RECIPIENT, a_capture, a_world
from workflows import (
    checkout,
    lot_recalled,
    order_cancelled,
    order_delivered,
    order_paid,
    order_shipped,
)
from workflows.checkout import CheckoutRequest, PlacedGroup
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

ACTOR = "person:1"


def a_paid_order(session: Session, **changes: object) -> PlacedGroup:
    world = a_world(session)
    values = {"buyer": GUEST, "recipient": WANG, "quantities": {world.goat.code: 2}} | changes
    group = checkout.place(session, CheckoutRequest(**values), at=NOON)  # type: ignore[arg-type]  # by name
    order_paid.settle(session, a_capture(session, group))
    session.commit()
    return group


def letter(path: Path) -> EmailMessage:
    read = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(read, EmailMessage)
    return read


def test_a_payment_is_confirmed_with_what_was_bought(session: Session, spool: Path) -> None:
    group = a_paid_order(session)

    relay_task.relay()

    sent = letter(spool / f"order_paid-{group.number}.eml")
    text = sent.get_content()
    assert sent["To"] == "wang@example.cn"
    assert sent["Subject"] == f"订单 {group.number} 已付款"
    assert "合作社C05" in text
    assert "× 2  ¥196.00" in text
    assert "合计 ¥214.00" in text
    assert f"/orders/{group.number}" in text


def test_a_reader_of_english_gets_english_numbers_and_headers(
    session: Session, spool: Path
) -> None:
    group = a_paid_order(session, locale="en")

    relay_task.relay()

    sent = letter(spool / f"order_paid-{group.number}.eml")
    assert sent["Content-Language"] == "en"
    assert "Product X" in sent.get_content()


@pytest.mark.parametrize("what", ["nobody to write to", "a sample"])
def test_some_are_never_written_to(session: Session, spool: Path, what: str) -> None:
    if what == "a sample":
        a_paid_order(session, is_sample=True)
    else:
        a_paid_order(session, recipient=RECIPIENT)

    assert relay_task.relay() == 1
    assert not spool.exists()


def test_each_step_of_an_order_is_told_once(session: Session, mail_server: MailServer) -> None:
    group = a_paid_order(session)
    number = f"{group.number}-1"
    logger = a_device(session)
    later = NOON + timedelta(hours=6)
    order_shipped.pack(session, number, actor=ACTOR, at=NOON)
    order_shipped.ship(session, number, HandOver(actor=ACTOR, device_code=logger), at=NOON)
    order_delivered.deliver(session, number, Receipt("person:2", "recipient"), at=later)
    order_cancelled.refund_in_full(session, number, Refusal(ACTOR, "test"), at=later)
    session.commit()

    relay_task.relay()

    assert [str(one["Subject"]) for one in mail_server.letters] == [
        f"订单 {group.number} 已付款",
        f"订单 {number} 已发货",
        f"订单 {number} 已送达",
        f"订单 {number} 已全额退款",
    ]


def test_money_for_a_closed_order_is_announced_as_going_back(
    session: Session, mail_server: MailServer
) -> None:
    world = a_world(session)
    request = CheckoutRequest(buyer=GUEST, recipient=WANG, quantities={world.goat.code: 1})
    group = checkout.place(session, request, at=NOON)
    checkout.expire(session, group.number, at=NOON + timedelta(minutes=16))
    order_paid.settle(session, a_capture(session, group))
    session.commit()

    relay_task.relay()

    (sent,) = mail_server.letters
    assert sent["Subject"] == f"订单 {group.number} 已关闭，付款将退回"
    assert "¥116.00" in sent.get_content()


def test_a_server_that_refuses_is_tried_again(
    session: Session, mail_server: MailServer
) -> None:
    a_paid_order(session)
    mail_server.close()

    assert relay_task.relay() == 0


def test_a_letter_says_nothing_of_the_address_or_the_key(session: Session, spool: Path) -> None:
    group = a_paid_order(session)
    session.execute(update(OrderGroup).values(city="重庆市"))
    session.commit()

    relay_task.relay()

    text = letter(spool / f"order_paid-{group.number}.eml").as_string()
    assert group.access_key not in text
    assert WANG.phone not in text
    assert WANG.street not in text


def test_a_recalled_lot_is_told_with_what_to_do(session: Session, spool: Path) -> None:
    group = a_paid_order(session)
    relay_task.relay()
    lot = session.scalars(
        select(Lot.code).join(LotAllocation, LotAllocation.lot_id == Lot.id)
    ).one()
    for _again in range(2):
        lot_recalled.recall(session, lot, at=NOON)
    session.commit()

    relay_task.relay()

    found = list(spool.glob("lot_unfit-*.eml"))
    assert len(found) == 1
    text = letter(found[0]).get_content()
    number = f"{group.number}-1"
    assert letter(found[0])["Subject"] == f"请勿食用或使用：订单 {number} 中有批次已被召回"
    assert lot in text
    assert "您购买了 2 件" in text
    assert "取消并全额退款" in text
    assert f"/orders/{group.number}" in text
