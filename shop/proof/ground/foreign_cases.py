"""Every id the interface takes: the caller's own request, and the same with another's id."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from cold_chain.rules.formats import jt808
from kernel import clock
from kernel.clock import local_date
from shop.proof.ground.buying import RECIPIENT
from shop.proof.ground.tenants import (
    API,
    BUYER,
    COMPANY,
    OFFICIAL,
    PACKER,
    SELLER,
    Case,
    Sent,
    Side,
    encoded_photo,
)

JSON = "application/json"
WHOM = {name: value for name, value in asdict(RECIPIENT).items() if value}
TITLE = {"kind": "personal", "form": "ordinary", "name": "样例抬头"}
OPEN: Mapping[tuple[str, str], str] = {
    ("keep_title", "tax_number"): "anybody may be named on an invoice",
    ("change_title", "tax_number"): "anybody may be named on an invoice",
    ("place_order", "sku"): "anybody may buy what is on the shelf",
    ("quote_basket", "sku"): "anybody may ask what it costs",
    ("show_product", "code"): "the catalogue is public",
    ("show_certificate", "code"): "what a certificate is worth is public",
    ("list_product_certificates", "code"): "which certificates goods have is public",
    ("show_notice", "code"): "notices are public",
    ("file_certificate", "number"): "what its issuer wrote on it",
    ("show_lot", "code"): "where goods come from is public",
    ("take_answers", "code"): "settlements are the platform's own; no tenant has another",
    ("take_answers", "line_number"): "counts within the settlement of the address",
}
"""Ids that name nothing of one tenant alone, with the reason."""


def list_cases(own: Side, other: Side) -> Iterator[Case]:
    """Yield a case for every id that names something of one tenant."""
    yield from _of_orders(own, other)
    yield from _of_coupons(own, other)
    yield from _of_claims(own, other)
    yield from _of_sellers(own, other)
    yield from _of_households(own, other)
    yield from _of_weights(own, other)
    yield from _of_bills(own, other)
    yield from _of_accounts(own, other)
    yield from _of_loggers(own, other)


def _of_loggers(own: Side, other: Side) -> Iterator[Case]:
    at = clock.now() - timedelta(minutes=9)
    second, local = int(at.timestamp()), at + timedelta(hours=8)
    frame = bytes(22) + bytes.fromhex(f"{local:%y%m%d%H%M%S}") + bytes.fromhex("510200b4")
    telemetry = {"ts": second * 1000, "values": {"temperature": 4}}
    table = f"time,temperature\n{local:%Y-%m-%d %H:%M:%S},4.0\n".encode()
    for operation, path, body, media in (
        ("take_readings", "", {"readings": [["t1", second, -1_800]]}, JSON),
        ("take_senml", "/senml", [{"n": "t1", "u": "Cel", "t": second + 1, "v": 4}], JSON),
        ("take_thingsboard", "/thingsboard", telemetry, JSON),
        (
            "take_jt808",
            "/jt808",
            jt808.pack(jt808.POSITION, "1", 1, frame, is_2019=False),
            "application/octet-stream",
        ),
        ("take_table", "/table?template=TIME-TEMP", table, "text/csv"),
    ):
        sent = Sent(
            *("", "POST", f"{API}/readings{path}", body),
            device=own["device"],
            media_type=media,
        )
        yield Case(operation, "X-Device", sent, replace(sent, device=other["device"]))


def _of_orders(own: Side, other: Side) -> Iterator[Case]:
    for operation, path in (
        ("show_order", "/orders/{number}"),
        ("list_claims", "/orders/{number}/claims"),
        ("show_chart", "/shipments/{part}/chart"),
        ("show_events", "/shipments/{part}/events"),
    ):
        name = "order_number" if path.startswith("/shipments") else "number"
        yield Case(operation, name, *(_get(BUYER, path, side) for side in (own, other)))
    sent = Sent(BUYER, "POST", _at("/orders/{number}/photos", own), {"photo": encoded_photo()})
    foreign = replace(sent, path=_at("/orders/{number}/photos", other))
    yield Case("hand_in_photo", "number", sent, foreign)


def _of_coupons(own: Side, other: Side) -> Iterator[Case]:
    sent = [
        Sent(BUYER, "POST", f"{API}/coupons", {"code": side["coupon"]}) for side in (own, other)
    ]
    yield Case("take_coupon", "code", *sent)


def _of_claims(own: Side, other: Side) -> Iterator[Case]:
    path = "/orders/{number}/claims"

    def opened(photo: int, **changes: Any) -> Sent:
        body = {
            "order_number": own["part"],
            "kind": "exchange",
            "cause": "damaged",
            "lines": [{"line_id": own["line"], "packs": 1}],
            "photos": [own["photos"][photo]],
        }
        return Sent(BUYER, "POST", _at(path, own), body | changes)

    yield Case("open_claim", "number", opened(0), replace(opened(0), path=_at(path, other)))
    for place, (name, change) in enumerate(
        (
            ("order_number", {"order_number": other["part"]}),
            ("line_id", {"lines": [{"line_id": other["line"], "packs": 1}]}),
            ("photos", {"photos": other["photos"][:1]}),
        ),
        start=1,
    ):
        yield Case("open_claim", name, opened(place), opened(place, **change))
    for operation, tail, method, body in (
        ("show_claim", "", "GET", None),
        ("step_claim", "/steps", "POST", {"step": "withdraw"}),
    ):
        for place, name in enumerate(("number", "claim_id")):
            where = f"{path}/{{claim}}{tail}"
            mine = own | {"claim": own["claims"][place]}
            changed = (
                {"number": other["number"]}
                if name == "number"
                else {"claim": other["claims"][0]}
            )
            sent = Sent(BUYER, method, _at(where, mine), body)
            yield Case(operation, name, sent, replace(sent, path=_at(where, mine | changed)))


def _of_sellers(own: Side, other: Side) -> Iterator[Case]:
    today = local_date(clock.now()).isoformat()
    body = {
        "contract": own["contract"],
        "new_lot": {"sku": own["bought"], "harvested_on": today, "certificate": "PROOF"},
        "weight_g": 1_000,
        "received_on": today,
    }
    sent = Sent(SELLER, "POST", f"{API}/receipts", body)
    with_lot = {name: value for name, value in body.items() if name != "new_lot"}
    yield from (
        Case("record_receipt", name, sent, replace(sent, body=changed))
        for name, changed in (
            ("contract", body | {"contract": other["contract"]}),
            ("household_id", body | {"household_id": other["household"]}),
            ("sku", body | {"new_lot": body["new_lot"] | {"sku": other["bought"]}}),
            ("lot", with_lot | {"lot": other["lot"]}),
        )
    )
    for operation, path in (
        ("show_receipt", "/receipts/{receipt}"),
        ("show_recognition", "/recognitions/{application}"),
    ):
        yield Case(operation, "code", _get(SELLER, path, own), _get(SELLER, path, other))


def _of_households(own: Side, other: Side) -> Iterator[Case]:
    path = "/entitlements/{entitlement}/explanation"
    seen = [_get(SELLER, path, side) for side in (own, other)]
    yield Case("explain_entitlement", "entitlement_id", *seen)
    body = {"purpose": "visit", "words": "核对一笔收入的来历"}
    looked = [
        Sent(OFFICIAL, "POST", _at(path, {"entitlement": number}), body)
        for number in (own["near"], other["far"])
    ]
    yield Case("open_explanation", "entitlement_id", *looked)


def _of_weights(own: Side, other: Side) -> Iterator[Case]:
    path = "/orders/{to_weigh}/weights"
    theirs = own | {"to_weigh": other["part"]}
    seen = (_get(PACKER, path, side) for side in (own, theirs))
    yield Case("show_weights", "order_number", *seen)
    line = {"line_id": own["piece"], "pieces_g": [2_500]}
    sent = Sent(PACKER, "POST", _at(path, own), {"lines": [line]})
    yield Case("record_weights", "order_number", sent, replace(sent, path=_at(path, theirs)))
    foreign = {"lines": [line | {"line_id": other["line"]}]}
    yield Case("record_weights", "line_id", sent, replace(sent, body=foreign))


def _of_bills(own: Side, other: Side) -> Iterator[Case]:
    path = "/invoice-titles/{title}"
    for operation, method, body in (
        ("change_title", "PUT", {**TITLE, "name": "另一抬头"}),
        ("request_invoice", "POST", {"title_id": own["title"], "orders": [own["fresh"]]}),
        ("remove_title", "DELETE", None),
    ):
        if operation == "request_invoice":
            sent = Sent(BUYER, method, f"{API}/invoices", body)
            foreign = replace(sent, body={"title_id": other["title"], "orders": [own["fresh"]]})
        else:
            sent = Sent(BUYER, method, _at(path, own), body)
            foreign = replace(sent, path=_at(path, other))
        yield Case(operation, "title_id", sent, foreign)
    sent = Sent(COMPANY, "POST", f"{API}/invoice-titles", {**TITLE, "organisation_code": "E01"})
    foreign = replace(sent, body={**TITLE, "organisation_code": "C05"})
    yield Case("keep_title", "organisation_code", sent, foreign)
    for operation, name, path in (
        ("show_invoice", "invoice_id", "/invoices/{invoice}"),
        ("show_transfer", "number", "/transfers/{waiting}"),
    ):
        yield Case(operation, name, *(_get(BUYER, path, side) for side in (own, other)))


def _of_accounts(own: Side, other: Side) -> Iterator[Case]:
    path = "/addresses/{address}"
    for operation, method, body in (
        ("change_address", "PUT", {"recipient": WHOM}),
        ("destroy_address", "DELETE", None),
    ):
        sent = Sent(BUYER, method, _at(path, own), body)
        yield Case(operation, "address_id", sent, replace(sent, path=_at(path, other)))
    for operation, path in (
        ("list_payments", "/orders/{number}/payments"),
        ("list_refunds", "/orders/{number}/refunds"),
    ):
        yield Case(operation, "number", *(_get(BUYER, path, side) for side in (own, other)))
    for operation, path, given in (
        ("begin_payment", "/orders/{unpaid}/payments", {"provider": "demo"}),
        ("cancel_order", "/orders/{waiting}/cancellation", {}),
    ):
        sent = Sent(BUYER, "POST", _at(path, own), given)
        yield Case(operation, "number", sent, replace(sent, path=_at(path, other)))


def _get(login: str, path: str, side: Side) -> Sent:
    return Sent(login, "GET", _at(path, side))


def _at(path: str, side: Side) -> str:
    return API + path.format_map(side)
