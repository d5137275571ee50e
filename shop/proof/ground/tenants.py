"""Two tenants of everything the interface names: what one may send, and the other's ids."""

import base64
import json
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.rules.intake import sign
from cold_chain.values import ChannelKind, NewChannel, NewDevice
from kernel import clock
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders import service as orders
from orders.values import Buyer, ClaimKind, NewCoupon, Photo, Recipient
from payments.service import titles
from payments.values.invoices import InvoiceForm, Title, TitleKind, TitleOwner
from shop.proof.ground import buying, wares
from shop.proof.ground.buying import RECIPIENT
from workflows import (
    checkout,
    claims,
    invoice_issued,
    order_delivered,
    order_shipped,
    transfer_received,
)
from workflows.checkout import CheckoutRequest
from workflows.claims import Asked
from workflows.invoice_issued import InvoiceWish
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

API = "/api/v1"
PACKS = 9
BUYER, OFFICIAL, SELLER = "consumer", "township", "bamboo-manager"
SOMEBODY = replace(RECIPIENT, name="欧阳样例", phone="13900004321", street="样例北路七号")
"""To whom the other tenant's goods go."""
PACKER, COMPANY = "goat-clerk", "enterprise"
"""Packs what is sold by weight."""
SELLER_CODE, REGION = "C03", "500156104"
SHELVED = 500
AGO = timedelta(hours=3)
"""Orders were placed so long ago; their goods must have been there."""


BY_WEIGHT = text(
    """
    SELECT sku.code FROM skus sku
    JOIN products product ON product.code = sku.product_code
    WHERE sku.sale_unit = 'weight' AND product.seller_code = 'C05' ORDER BY sku.id LIMIT 1
    """
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: who sends what where."""

    login: str
    method: str
    path: str
    body: Any = None
    """A value of JSON, or bytes of another form; None for none."""
    device: str = ""
    """The logger that signs it with the secret of the caller's own."""
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Case:
    """One id of one operation: the caller's own request, and the same with another's id."""

    operation: str
    name: str
    own: Sent
    foreign: Sent


Side = dict[str, Any]
"""The ids of one tenant, by what they name."""


def prepare() -> tuple[Side, Side]:
    """Return the ids of the caller and of another tenant.

    Each has a delivered order with claims and pictures, a logger, and goods that were bought.
    """
    with unit_of_work() as session:
        person = session.scalar(text("SELECT id FROM people WHERE login = 'consumer'"))
        ware = wares.list_wares(session, at=clock.now(), storage="AMBIENT")[0]
        yesterday = clock.now() - timedelta(days=1)
        wares.shelve(session, ware, SHELVED, code="PROOF-IDS", at=yesterday)
    sku = ware.sku
    own = _an_order(sku, Buyer(person, None, "SHLL", f"person:{person}"), RECIPIENT)
    other = _an_order(sku, Buyer(None, None, "SHLL", "guest"), SOMEBODY)
    with unit_of_work() as session:
        for side, code in ((own, "PROOF-OWN"), (other, "PROOF-OTHER")):
            side |= {"device": code, "secret": secrets.token_hex(32)}
            cold_chain.register_devices(session, _device(code, side["secret"]))
            side["coupon"] = _given_coupon(session, f"FOR-{code}", own=side is own)
        _look_up(session, own, other)
        by_weight = str(session.scalar(BY_WEIGHT))
    _bill(sku, own, Buyer(person, None, "SHLL", f"person:{person}"))
    with unit_of_work() as session:
        stranger = session.scalar(
            text("SELECT id FROM people WHERE login = :login"), {"login": COMPANY}
        )
    _bill(sku, other, Buyer(stranger, None, "SHLL", f"person:{stranger}"))
    group = buying.place({by_weight: 1}, at=clock.now())
    buying.pay(group.number, group.total_minor, at=clock.now())
    with unit_of_work() as session:
        own["to_weigh"] = f"{group.number}-1"
        (line,) = order_queries.list_line_heads(session, order_number=own["to_weigh"])
        own["piece"] = line.line_id
    return own, other


def _an_order(sku: str, buyer: Buyer, recipient: Recipient) -> dict[str, Any]:
    """Carry an order to its delivery and open two claims of it."""
    at = clock.now() - AGO
    request = CheckoutRequest(
        buyer=buyer, recipient=recipient, quantities={sku: PACKS}, is_sample=True
    )
    with unit_of_work() as session:
        group = checkout.place(session, request, at=at)
    buying.pay(group.number, group.total_minor, at=at)
    with unit_of_work() as session:
        (part,) = buying.list_parts(session, group.number)
        order_shipped.pack(session, part, actor="person:1", at=at)
        order_shipped.ship(session, part, HandOver(actor="person:1"), at=at)
        receipt = Receipt("person:1", "recipient")
        order_delivered.deliver(session, part, receipt, at=at + timedelta(hours=1))
        (line,) = order_queries.list_line_heads(session, order_number=part)
        asked = Asked(
            kind=ClaimKind.EXCHANGE,
            packs={line.line_id: 1},
            key="",
            actor=buyer.actor,
            photos=(a_photo(),),
        )
        found = [
            claims.open_claim(session, part, replace(asked, key=f"{part}:{n}"), at=clock.now())
            for n in range(2)
        ]
        photos = [secrets.token_hex(16) for _ in range(4)]
        for reference in photos:
            orders.keep_upload(session, group.number, reference, a_photo(), at=clock.now())
    return {
        "number": group.number,
        "part": part,
        "line": line.line_id,
        "claims": found,
        "photos": photos,
        "sku": sku,
        "name": recipient.name,
        "phone": recipient.phone,
        "street": recipient.street,
    }


def _bill(sku: str, side: Side, buyer: Buyer) -> None:
    """Keep a title, issue an invoice, and let an order wait for a bank transfer."""
    at, groups = clock.now(), []
    request = CheckoutRequest(
        buyer=buyer, recipient=RECIPIENT, quantities={sku: 1}, is_sample=True
    )
    for _ in range(4):
        with unit_of_work() as session:
            groups.append(checkout.place(session, request, at=at))
    billed, fresh, waiting, unpaid = groups
    for group in (billed, fresh):
        buying.pay(group.number, group.total_minor, at=at)
    title = Title(TitleKind.PERSONAL, "样例抬头", "", InvoiceForm.ORDINARY)
    with unit_of_work() as session:
        owner = TitleOwner(buyer.person_id)
        side["title"] = titles.keep_title(session, owner, title, is_default=True, at=at)
        wish = InvoiceWish(
            title=title,
            order_numbers=(f"{billed.number}-1",),
            group_number=billed.number,
            buyer_person_id=buyer.person_id,
        )
        (side["invoice"],) = invoice_issued.issue(session, wish, at=at)
        side["address"] = orders.save_address(
            session, buyer.person_id or 0, RECIPIENT, is_default=True, at=at
        )
        transfer_received.choose(session, waiting.number, actor=buyer.actor, at=at)
    side |= {"fresh": fresh.number, "waiting": waiting.number, "unpaid": unpaid.number}


def a_photo() -> Photo:
    """Return a small picture as it is kept."""
    return Photo(_jpeg(), 32, 24)


def _jpeg() -> bytes:
    target = BytesIO()
    Image.new("RGB", (32, 24), (90, 120, 60)).save(target, "JPEG")
    return target.getvalue()


def _given_coupon(session: Session, code: str, *, own: bool) -> str:
    """Give a coupon to the caller alone, or to one other person alone."""
    at = clock.now()
    whom = text("SELECT id FROM people WHERE (login = :login) = :own ORDER BY id LIMIT 1")
    person = session.execute(whom, {"login": BUYER, "own": own}).scalar_one()
    new = NewCoupon(
        code=code,
        name=code,
        amount_minor=100,
        starts_at=at - timedelta(days=1),
        ends_at=at + timedelta(days=1),
        is_given=True,
    )
    orders.make_coupon(session, new, actor="person:1", at=at)
    orders.give_coupon(session, code, [person], at=at)
    return code


def _device(code: str, secret: str) -> NewDevice:
    return NewDevice(
        code=code,
        serial=code,
        organisation_code="C05",
        secret=secret,
        channels=(
            NewChannel(code="t1", kind=ChannelKind.TEMPERATURE, sampling_interval_s=300),
        ),
        registered_at=clock.now() - timedelta(days=30),
        is_sample=True,
    )


BOUGHT = text(
    """
    SELECT receipt.code AS receipt, share.id AS entitlement, contract.code AS contract,
        contract.organisation_code AS seller, receipt.household_id AS household,
        sku.code AS bought, lot.code AS lot, household.village_code AS village
    FROM goods_receipts receipt
    JOIN households household ON household.id = receipt.household_id
    JOIN entitlements share ON share.receipt_id = receipt.id
    JOIN contract_versions version ON version.id = share.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    JOIN lots lot ON lot.id = receipt.lot_id
    JOIN skus sku ON sku.id = lot.sku_id
    ORDER BY receipt.id
    """
)


APPLIED = text(
    "SELECT code FROM recognition_applications WHERE (seller_code = :seller) = :own LIMIT 1"
)


def _look_up(session: Session, own: Side, other: Side) -> None:
    """Find what was bought from households: of the seller and the region, and of others."""
    rows = session.execute(BOUGHT).mappings().all()
    mine = [row for row in rows if row["seller"] == SELLER_CODE]
    theirs = [row for row in rows if row["seller"] != SELLER_CODE]
    own |= dict(mine[-1])
    other |= dict(theirs[-1])
    near = [row for row in rows if row["village"].startswith(REGION)]
    far = [row for row in rows if not row["village"].startswith(REGION)]
    for side, is_own in ((own, True), (other, False)):
        asked = {"seller": SELLER_CODE, "own": is_own}
        side["application"] = session.execute(APPLIED, asked).scalar_one()
    own["near"], other["far"] = near[-1]["entitlement"], far[-1]["entitlement"]


def proof_of(sent: Sent, written: bytes, secret: str) -> dict[str, str]:
    """Return the headers by which a logger proves a body."""
    if not sent.device:
        return {}
    timestamp, nonce = int(clock.now().timestamp()), secrets.token_hex(16)
    signature = sign(secret, timestamp=timestamp, nonce=nonce, body=written)
    return {
        "X-Device": sent.device,
        "X-Timestamp": str(timestamp),
        "X-Nonce": nonce,
        "X-Signature": signature,
    }


def written(sent: Sent) -> bytes:
    """Return the body as it is sent."""
    if isinstance(sent.body, bytes):
        return sent.body
    return b"" if sent.body is None else json.dumps(sent.body).encode()


def encoded_photo() -> str:
    """Return a picture as a program hands it in."""
    return base64.b64encode(_jpeg()).decode()
