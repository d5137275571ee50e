"""Every form that names something in its address: its owner's own, sent by somebody else."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from catalog import service as catalog
from catalog.values.reviews import NewReview, Said
from households import service as households
from households.values import HouseholdId
from kernel import clock
from kernel.clock import local_date
from kernel.db import unit_of_work
from orders import service as orders
from orders.values import Buyer, ClaimKind, NewCoupon, ShippingRuleTerms, Temperature
from payments.service import titles
from payments.values.invoices import InvoiceForm, Title, TitleKind, TitleOwner
from shop.proof.ground import buying
from shop.proof.ground.buying import RECIPIENT
from shop.proof.ground.tenants import BUYER, Side
from workflows import (
    checkout,
    claims,
    invoice_issued,
    order_cancelled,
    refund_by_hand,
    refund_run,
)
from workflows.checkout import CheckoutRequest
from workflows.claims import Asked
from workflows.invoice_issued import InvoiceWish
from workflows.order_cancelled import Refusal

API = "/api/"
TITLE = Title(TitleKind.PERSONAL, "表单样例抬头", "", InvoiceForm.ORDINARY)
WHERETO = replace(RECIPIENT, street="样例路表单号")
"""Other than what programs change and destroy."""
COMPANY = "enterprise"
STAFF = {"C03": ("bamboo", "goat"), "C05": ("goat", "bamboo")}
"""Sellers of the sample: whose staff own a thing, and whose try for it."""
CLERKS = frozenset({"supplier_invitations.answer"})
"""Forms a clerk sends; all others a manager may send."""
GUARDED = ("/supplier", "/console", "/oversight", "/household", "/purchasing")
"""Where a buyer without any role has nothing to send."""
BY_ROLE = ("/console", "/oversight", "/household")  # Told apart by role, region or household.
OFF: Mapping[str, str] = {"storefront_pay.stripe": "Stripe is switched off here"}
"""Forms that do not exist for their owner either, with the reason."""
PUBLIC: Mapping[str, str] = {
    "storefront_recognition.object_to": "anybody may object to what is on public notice",
    "storefront_coupons.take": "anybody may take what is offered to everybody",
    "storefront_favourites.keep": "goods are everybody's; what is kept is one's own",
    "storefront_basket.change": "a basket is the browser's own, whatever is in it",
    "supplier_contract_drafts.draw_up": "names a model of the law",
}
"""Forms whose address names nothing of one tenant, with the reason."""
WITHOUT: Mapping[str, str] = {
    "supplier_recognition.apply_again": "a scan is handed in with it, as no form here does",
    "supplier_payouts.acknowledge": "nothing was settled yet",
    "supplier_allotments.rule": "nobody objected",
    "supplier_warnings.note": "no warning is about goods of these two sellers",
}
"""Forms about things that are not on the ground."""
TYPED: Mapping[str, str] = {
    **asdict(RECIPIENT),
    "token": "0" * 32,
    "kind": "personal",
    "form": "ordinary",
    "condition": "intact",
    "percent": "50",
    "reason": "核对",
    "note": "核对",
    "words": "核对",
    "purpose": "visit",
}
"""What is typed into every form; each reads what it knows."""

OF_FORM: Mapping[str, Mapping[str, str]] = {
    "storefront_reviews.write": {"rating": "5"},
    "supplier_advances.close": {"move": "returned"},
    "supplier_contracts.end": {"last_day": "2099-12-31"},
    "supplier_invoices.note": {"number": "25502000000012345678"},
    "supplier_products.change": {"price": "88.00"},
    "supplier_boxes.change": {
        "name": "样例礼盒",
        "spec": "2袋",
        "price": "88.00",
        "picture": "gift-pack",
        "packs-P012-1": "1",
        "packs-P014-1": "1",
    },
    "household_rights.ask": {"kind": "deletion"},
}
"""What only one form reads, or reads in another sense."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its address, who owns what it names, and who else sends it."""

    endpoint: str
    path: str
    owner: str
    stranger: str

    @property
    def typed(self) -> Mapping[str, str]:
        """Return what is typed into it."""
        return typed_into(self.endpoint)


def typed_into(endpoint: str) -> Mapping[str, str]:
    """Return what is typed into a form, so that nothing but whose it is refuses it."""
    return {**TYPED, **OF_FORM.get(endpoint, {})}


def list_tenants(app: Flask) -> list[Rule]:
    """Return the rules of forms of buyers and sellers: the desks of officials are by role."""
    return [rule for rule in list_rules(app) if not rule.rule.startswith(BY_ROLE)]


def list_rules(app: Flask) -> list[Rule]:
    """Return the rules of all forms, by address."""
    rules = (rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))
    return sorted(
        (rule for rule in rules if not rule.rule.startswith(API)), key=lambda rule: rule.rule
    )


def list_forms(app: Flask, own: Side) -> Iterator[Form]:
    """Yield each form whose address names a thing of a buyer or a seller there is."""
    things = {**_of_buyers(own), **_of_sellers(own)}
    for rule in list_rules(app):
        thing = things.get(rule.endpoint) or things.get(rule.endpoint.partition(".")[0])
        if thing is None or not rule.arguments <= thing.values.keys() or not rule.arguments:
            continue
        owner, stranger = thing.owner, thing.stranger
        if rule.endpoint in CLERKS:
            owner, stranger = (one.replace("manager", "clerk") for one in (owner, stranger))
        yield Form(rule.endpoint, address(app, rule, thing.values), owner, stranger)


def list_guarded(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield endpoint and address of each form that only certain roles may send."""
    anything = defaultdict(lambda: "1", shelf="events")
    guarded = (rule for rule in list_rules(app) if rule.rule.startswith(GUARDED))
    yield from ((rule.endpoint, address(app, rule, anything)) for rule in guarded)


def address(app: Flask, rule: Rule, values: Mapping[str, Any]) -> str:
    """Return the address of a form with these values in it."""
    given = {name: values[name] for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, given, method="POST")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of one tenant, as the addresses of forms name it."""

    values: Mapping[str, Any]
    owner: str
    stranger: str


def _of_buyers(own: Side) -> dict[str, Thing]:
    """Return orders, claims, refunds and addresses of a buyer, by blueprint or endpoint."""
    at = clock.now()
    with unit_of_work() as session:
        people = session.execute(text("SELECT login, id FROM people"))
        ids: dict[str, int] = {row.login: row.id for row in people}
    me = Buyer(ids[BUYER], None, "SHLL", f"person:{ids[BUYER]}")
    unit = Buyer(ids[COMPANY], "E01", "SHLL", f"person:{ids[COMPANY]}")
    unpaid, back = (_place(str(own["sku"]), me) for _ in range(2))
    of_unit = _place(str(own["sku"]), unit)
    buying.pay(*back, at=at)
    with unit_of_work() as session:
        address_id = orders.save_address(session, ids[BUYER], WHERETO, is_default=True, at=at)
        title_id = titles.keep_title(
            session, TitleOwner(ids[BUYER]), TITLE, is_default=True, at=at
        )
        refund = order_cancelled.refund_in_full(
            session, f"{back[0]}-1", Refusal(me.actor, "buyer_cancelled"), at=at
        )
        refund_run.order(session, refund, at=at)
        refund_run.refuse(session, refund, "refused", at=at)
        refund_by_hand.open_failed(session, refund, at=at)
    known = {
        "number": own["number"],
        "part": own["part"],
        "claim_id": own["claims"][0],
        "kind": "exchange",
    }
    order = Thing(known, BUYER, COMPANY)
    waiting = Thing({"number": unpaid[0]}, BUYER, COMPANY)
    of_company = Thing({"number": of_unit[0]}, COMPANY, BUYER)
    return {
        **dict.fromkeys(
            ("storefront_orders", "storefront_claims", "storefront_invoices"), order
        ),
        "storefront_orders.cancel": waiting,
        "storefront_reviews": Thing(
            {"number": own["number"], "line_id": _review(str(own["part"]))}, BUYER, COMPANY
        ),
        "storefront_pay": waiting,
        "storefront_transfer": of_company,
        "storefront_terms": of_company,
        "storefront_refunds": Thing({"number": back[0], "refund_id": refund}, BUYER, COMPANY),
        "storefront_titles": Thing({"title_id": title_id}, BUYER, COMPANY),
        "storefront_addresses": Thing({"address_id": address_id}, BUYER, COMPANY),
    }


def _review(part: str) -> int:
    """Say something of the first line of a part; return the line."""
    with unit_of_work() as session:
        row = session.execute(FIRST_LINE, {"part": part}).one()
        new = NewReview(
            order_line_id=row.id,
            product_code=row.product_code,
            person_id=None,
            name="",
            said=Said(5, "样例评价"),
        )
        catalog.write_review(session, new, by="guest", at=clock.now())
    return int(row.id)


def _place(sku: str, buyer: Buyer) -> tuple[str, int]:
    request = CheckoutRequest(
        buyer=buyer, recipient=RECIPIENT, quantities={sku: 2}, is_sample=True
    )
    with unit_of_work() as session:
        group = checkout.place(session, request, at=clock.now())
    return group.number, group.total_minor


ROWS: Mapping[str, str] = {
    "supplier_contracts supplier_contract_drafts supplier_advances": """
        SELECT organisation_code AS seller, code FROM linkage_contracts
        WHERE organisation_code IN ('C03', 'C05') ORDER BY id LIMIT 1""",
    "supplier_recognition.withdraw": """
        SELECT seller_code AS seller, code FROM recognition_applications
        WHERE seller_code IN ('C03', 'C05') AND state = 'township' ORDER BY id LIMIT 1""",
    "supplier_lots": """
        SELECT product.seller_code AS seller, lot.code FROM lots lot
        JOIN skus sku ON sku.id = lot.sku_id
        JOIN products product ON product.code = sku.product_code
        WHERE product.seller_code IN ('C03', 'C05') ORDER BY lot.id DESC LIMIT 1""",
    "supplier_receipts": """
        SELECT contract.organisation_code AS seller, receipt.code FROM goods_receipts receipt
        JOIN contract_versions version ON version.id = receipt.contract_version_id
        JOIN linkage_contracts contract ON contract.id = version.contract_id
        WHERE contract.organisation_code IN ('C03', 'C05') ORDER BY receipt.id DESC LIMIT 1""",
    "supplier_members supplier_invitations.leave": """
        SELECT organisation_code AS seller, household_id FROM cooperative_memberships
        WHERE organisation_code IN ('C03', 'C05') AND valid_to IS NULL ORDER BY id LIMIT 1""",
    "supplier_products supplier_offers.set_tiers": """
        SELECT product.seller_code AS seller, sku.code AS sku FROM skus sku
        JOIN products product ON product.code = sku.product_code
        WHERE product.seller_code IN ('C03', 'C05') ORDER BY sku.id DESC LIMIT 1""",
    "supplier_listings": """SELECT seller_code AS seller, id AS change_id FROM product_changes
        WHERE seller_code IN ('C03', 'C05') AND state = 'draft' LIMIT 1""",
    "supplier_offers.stop_campaign": """
        SELECT seller_code AS seller, code FROM campaigns
        WHERE seller_code IN ('C03', 'C05') ORDER BY code LIMIT 1""",
    "supplier_offers.stop_coupon": """
        SELECT seller_code AS seller, code FROM coupons
        WHERE seller_code IN ('C03', 'C05') ORDER BY code LIMIT 1""",
    "supplier_presales": """SELECT product.seller_code AS seller, presale.id AS presale_id
        FROM presales presale JOIN skus sku ON sku.id = presale.sku_id JOIN products product
            ON product.code = sku.product_code AND product.seller_code IN ('C03', 'C05')
        ORDER BY presale.id LIMIT 1""",
    "supplier_stores": """SELECT organisation_code AS seller, id AS booking_id
        FROM store_bookings WHERE organisation_code IN ('C03', 'C05') LIMIT 1""",
    "supplier_shipping": """SELECT seller_code AS seller, id AS rule_id FROM shipping_rules
        WHERE seller_code IN ('C03', 'C05') ORDER BY id LIMIT 1""",
    "supplier_invitations": """
        SELECT organisation_code AS seller, id AS move_id FROM membership_moves
        WHERE organisation_code IN ('C03', 'C05') AND closed_at IS NULL ORDER BY id LIMIT 1""",
    "supplier_boxes": """
        SELECT product.seller_code AS seller, sku.code AS sku FROM skus sku
        JOIN products product ON product.code = sku.product_code
        WHERE product.seller_code = 'C03' AND EXISTS (
            SELECT FROM bundle_parts part WHERE part.bundle_sku_id = sku.id)
        ORDER BY sku.id LIMIT 1""",
    "supplier_warnings": """
        SELECT product.seller_code AS seller, warning.id AS warning_id
        FROM price_warnings warning
        JOIN products product ON product.code = warning.product_code
        WHERE product.seller_code IN ('C03', 'C05') ORDER BY warning.id LIMIT 1""",
    "supplier_allotments": """
        SELECT organisation_code AS seller, code, 'declare' AS action FROM allotments
        WHERE organisation_code IN ('C03', 'C05') ORDER BY id LIMIT 1""",
    "supplier_reviews": """
        SELECT product.seller_code AS seller, review.id AS review_id FROM reviews review
        JOIN products product ON product.code = review.product_code
        WHERE product.seller_code IN ('C03', 'C05') ORDER BY review.id DESC LIMIT 1""",
    "supplier_orders supplier_weights supplier_parcels supplier_claims supplier_invoices": """
        SELECT part.seller_code AS seller, part.number, 1 AS parcel, claim.id AS claim_id,
            invoice.id AS invoice_id
        FROM seller_orders part JOIN claims claim ON claim.order_number = part.number
        JOIN invoices invoice ON invoice.group_number = part.group_number
        WHERE part.seller_code IN ('C03', 'C05') ORDER BY part.number DESC LIMIT 1""",
}
"""By blueprints or endpoints: one thing of a seller, and whose it is."""
FIRST_LINE = text("""
    SELECT id, product_code FROM order_lines WHERE order_number = :part ORDER BY id LIMIT 1
""")
WARE = text(
    """
    SELECT sku.code FROM lots lot
    JOIN skus sku ON sku.id = lot.sku_id
    JOIN products product ON product.code = sku.product_code
    WHERE lot.available >= 20 AND lot.quarantined_at IS NULL AND sku.is_on_sale
        AND product.state = 'listed' AND sku.sale_unit = 'pack'
        AND product.seller_code IN ('C03', 'C05') AND product.storage_code <> 'NONE'
        AND (lot.best_before IS NULL OR lot.best_before > :soon)
    ORDER BY lot.id LIMIT 1
    """
)
OUTSIDER = text(
    """
    SELECT id FROM households WHERE id NOT IN (
        SELECT household_id FROM cooperative_memberships WHERE valid_to IS NULL)
    ORDER BY id LIMIT 1
    """
)


def _of_sellers(own: Side) -> dict[str, Thing]:
    """Return things of a seller, some of them made for it."""
    _make_things(own)
    found: dict[str, Thing] = {}
    with unit_of_work() as session:
        for names, statement in ROWS.items():
            row = session.execute(text(statement)).mappings().one_or_none()
            if row is not None:
                owner, stranger = (f"{one}-manager" for one in STAFF[row["seller"]])
                found |= dict.fromkeys(names.split(), Thing(dict(row), owner, stranger))
    return found


def _make_things(own: Side) -> None:
    """Sell goods of a seller, with a claim and an invoice, and make what is its own to end."""
    at = clock.now()
    seller = own["seller"]
    with unit_of_work() as session:
        soon = local_date(at) + timedelta(days=3)
        ware = str(session.scalar(WARE, {"soon": soon}))
    number, total = _place(ware, buying.GUEST)
    buying.pay(number, total, at=at)
    part = f"{number}-1"
    _review(part)
    with unit_of_work() as session:
        line = session.scalar(
            text("SELECT id FROM order_lines WHERE order_number = :part"), {"part": part}
        )
        asked = Asked(kind=ClaimKind.CANCEL, packs={line: 1}, key=f"{part}:f", actor="guest")
        claims.open_claim(session, part, asked, at=at)
        wish = InvoiceWish(title=TITLE, order_numbers=(part,), group_number=number)
        invoice_issued.issue(session, wish, at=at)
        _make_terms(session, seller, at)
        catalog.begin_change(session, seller, None, actor="person:1", at=at)
        outsider = HouseholdId(str(session.scalar(OUTSIDER)))
        households.propose_membership(
            session, outsider, seller, first_day=local_date(at), actor="person:1", at=at
        )


def _make_terms(session: Session, seller: str, at: datetime) -> None:
    """Make a coupon and a rule of shipping that are the seller's own."""
    later = at + timedelta(days=9)
    coupon = NewCoupon(
        code="PROOFFORM",
        name="样例券",
        seller_code=seller,
        amount_minor=100,
        starts_at=at,
        ends_at=later,
    )
    orders.make_coupon(session, coupon, actor="person:1", at=at)
    rule = ShippingRuleTerms(
        rule_id=None,
        seller_code=seller,
        temperature=Temperature.AMBIENT,
        provinces=(),
        first_g=1_000,
        first_minor=800,
        step_g=1_000,
        step_minor=200,
        free_from_minor=None,
        valid_from=local_date(at) + timedelta(days=2),
    )
    orders.set_shipping_rule(session, rule, actor="person:1", at=at)
