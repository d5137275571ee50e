"""One fitting request for every POST of the interface, with the world it needs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import Entitlement
from kernel import clock
from orders import queries as order_queries
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from tests.builders.api import a_shop_of_today, an_order_request
from tests.builders.bill_commands import a_title, a_transfer, an_invoice
from tests.builders.buying_commands import (
    a_beginning,
    a_cancellation,
    a_coupon_taken,
    a_pasted_address,
    an_address,
)
from tests.builders.catalog import NOON
from tests.builders.claim_commands import a_claim, a_picture_given, a_step
from tests.builders.command import Command
from tests.builders.looks import a_look_policy
from tests.builders.paper_commands import a_certificate_filed
from tests.builders.people import a_person
from tests.builders.places import a_seller, once
from tests.builders.purchases import a_market_price, a_purchase_contract, goods_bought
from tests.builders.sales import GOAT, SHOOTS, a_paid_group, a_world
from tests.builders.settlements import a_submitted, some_accounts, some_owed, some_params
from tests.builders.telemetry_commands import (
    a_message,
    a_pack,
    a_table,
    some_frames,
    some_readings,
)
from tests.builders.weighing import by_the_piece

OWN = "HX0003"


def an_order(session: Session) -> Command:
    """Order one pack of ten."""
    goat = a_shop_of_today(session).goat.code
    a_person(session, "buyer")
    a_person(session, "buyer-too")
    return Command(
        path="/api/v1/orders",
        body=an_order_request({goat: 1}),
        other=an_order_request({goat: 2}),
        table="order_groups",
        login="buyer",
        login_too="buyer-too",
    )


def a_quote(session: Session) -> Command:
    """Ask what one pack of ten costs."""
    order = an_order(session)
    return replace(
        order,
        path="/api/v1/quotes",
        body={"lines": order.body["lines"]},
        other={"lines": order.other["lines"]},
        table="command_keys",
    )


def a_receipt(session: Session) -> Command:
    """Weigh a harvest into a new lot."""
    sku, today = goods_bought(session), clock.local_date(clock.now())
    monday = today - timedelta(days=today.weekday())
    a_market_price(session, sku.product_code, 650, week_on=monday)
    contract = a_purchase_contract(session, "H1")
    a_person(session, "clerk", (Role.CLERK, SHOOTS))
    a_person(session, "clerk-too", (Role.CLERK, SHOOTS))
    body = {
        "contract": contract,
        "new_lot": {"sku": sku.code, "harvested_on": today.isoformat()},
        "weight_g": 12_345,
        "received_on": today.isoformat(),
    }
    return Command(
        path="/api/v1/receipts",
        body=body,
        other=body | {"weight_g": 12_346},
        table="goods_receipts",
        login="clerk",
        login_too="clerk-too",
    )


def some_weights(session: Session) -> Command:
    """Weigh the two pieces of an order."""
    world = a_world(session)
    number = f"{a_paid_group(session, {by_the_piece(session, world).code: 2}).number}-1"
    (line,) = order_queries.list_to_weigh(session, [number])
    a_person(session, "packer", (Role.PACKER, GOAT))
    a_person(session, "packer-too", (Role.PACKER, GOAT))
    return Command(
        path=f"/api/v1/orders/{number}/weights",
        body={"lines": [{"line_id": line.line_id, "pieces_g": [1_420, 1_533]}]},
        other={"lines": [{"line_id": line.line_id, "pieces_g": [1_421, 1_533]}]},
        table="weighings",
        login="packer",
        login_too="packer-too",
    )


def some_answers(session: Session) -> Command:
    """Answer one of two lines of a batch."""
    some_params(session)
    for seller in ("PLATFORM", "C90"):
        a_seller(session, seller)
    some_accounts(session, "coop:C90", "coop:C91")
    some_owed(session, "1", {"L:payable:coop:C90": 5_000, "L:payable:coop:C91": 700})
    code = a_submitted(session, at=clock.now() - timedelta(days=1))
    a_person(session, "one", (Role.OPERATOR, "PLATFORM"))
    row = {"outcome": "paid", "on": clock.local_date(clock.now()).isoformat()}
    rows = [
        row | {"line_number": 1, "amount_minor": 5_000, "bank_reference": "B1"},
        row | {"line_number": 2, "amount_minor": 700, "bank_reference": "B2"},
    ]
    return Command(
        path=f"/api/v1/settlements/{code}/answers",
        body={"rows": rows[:1]},
        other={"rows": rows},
        table="payout_confirmations",
        login="one",
    )


def a_look(session: Session) -> Command:
    """Open an amount of a household for a purpose."""
    world = a_world(session)
    a_look_policy(session, per_hour=20)
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_paid_group(session, {world.goat.code: 2}, at=NOON)
    a_person(session, "one", (Role.OPERATOR, "PLATFORM"))
    a_person(session, "one-too", (Role.OPERATOR, "PLATFORM"))
    own = select(Entitlement.id).where(Entitlement.household_id == OWN)
    number = session.scalars(own).one()
    return Command(
        path=f"/api/v1/entitlements/{number}/explanation",
        body={"purpose": "complaint", "words": "核对投诉情况"},
        other={"purpose": "complaint", "words": "再核对一次投诉"},
        table="identity_looks",
        login="one",
        login_too="one-too",
    )


COMMANDS: Mapping[str, Callable[[Session], Command]] = {
    "place_order": an_order,
    "quote_basket": a_quote,
    "record_receipt": a_receipt,
    "record_weights": some_weights,
    "take_answers": some_answers,
    "open_explanation": a_look,
    "take_readings": some_readings,
    "take_senml": a_pack,
    "take_thingsboard": a_message,
    "take_jt808": some_frames,
    "take_table": a_table,
    "hand_in_photo": a_picture_given,
    "open_claim": a_claim,
    "step_claim": a_step,
    "take_coupon": a_coupon_taken,
    "file_certificate": a_certificate_filed,
    "keep_title": a_title,
    "request_invoice": an_invoice,
    "start_transfer": a_transfer,
    "cancel_order": a_cancellation,
    "begin_payment": a_beginning,
    "keep_address": an_address,
    "read_address": a_pasted_address,
}
"""Operation of the document → its request; a test sees that none is missing."""
