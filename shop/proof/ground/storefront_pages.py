"""Every page of the storefront with an address of it, for whoever looks at all of them.

A GET rule of the storefront's faces is either a page of this list or something else with its
reason; a test fails on a rule that is neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask

GUEST = ""
CONSUMER = "consumer"
FACE = "storefront_"


@dataclass(frozen=True, slots=True)
class StorePage:
    """One page: its view, an address, and who is allowed to see it.

    `follow` is the link to take on the page the address leads to. A blank of the address, such
    as `{claim}`, is filled with what its reader did before, see `visits.act`.
    """

    name: str
    endpoint: str
    path: str
    follow: str = ""
    login: str = GUEST


def _own(name: str, endpoint: str, path: str, follow: str = "") -> StorePage:
    return StorePage(name, endpoint, path, follow, CONSUMER)


PAGES: tuple[StorePage, ...] = (
    StorePage("home", "storefront_home.index", "/"),
    StorePage("products", "storefront_catalog.index", "/products"),
    StorePage(
        "products-narrowed", "storefront_catalog.index", "/products?category=bamboo&stock=1"
    ),
    StorePage("product", "storefront_catalog.show", "/products/P012"),
    StorePage("search", "storefront_search.index", "/search?q=山羊"),
    StorePage("search-nothing", "storefront_search.index", "/search?q=zzzz"),
    StorePage("search-corrected", "storefront_search.index", "/search?q=xianvhong"),
    StorePage("search-understood", "storefront_search.index", "/search?q=tea under 100 yuan"),
    StorePage("villages", "storefront_villages.index", "/villages"),
    StorePage(
        "township", "storefront_villages.township", "/villages", "a[href^='/townships/']"
    ),
    StorePage("village", "storefront_villages.show", "/villages", "a[href^='/villages/5']"),
    StorePage("brands", "storefront_brands.index", "/brands"),
    StorePage("brand", "storefront_brands.show", "/brands", "main a[href^='/brands/']"),
    StorePage("map", "storefront_map.show", "/map"),
    StorePage("help", "storefront_help.index", "/help"),
    StorePage("help-returns", "storefront_help.show", "/help/returns"),
    StorePage("help-delivery", "storefront_help.show", "/help/delivery"),
    StorePage("terms", "storefront_help.terms", "/help/terms"),
    StorePage("licences", "storefront_help.show_licences", "/licences"),
    StorePage("reviews", "storefront_reviews.index", "/products/P012/reviews"),
    StorePage("trace", "storefront_trace.index", "/trace"),
    StorePage("lot", "storefront_trace.show", "/products/P012", "a[href^='/trace/']"),
    StorePage(
        "certificate",
        "storefront_certificates.show",
        "/products/P012",
        "a[href^='/certificates/']",
    ),
    StorePage("recognition", "storefront_recognition.index", "/recognition"),
    StorePage(
        "recognition-notice",
        "storefront_recognition.show",
        "/recognition",
        "main a[href^='/recognition/']",
    ),
    StorePage("basket", "storefront_basket.show", "/basket"),
    StorePage("checkout", "storefront_checkout.show", "/checkout"),
    StorePage("coupons", "storefront_coupons.centre", "/coupons"),
    StorePage("series", "storefront_series.show", "/products/P001", "a[href^='/series/']"),
    StorePage("events", "storefront_events.index", "/events"),
    StorePage("event", "storefront_events.show", "/events", "main a[href^='/events/']"),
    StorePage("deals", "storefront_deals.index", "/deals"),
    StorePage("login", "storefront_account.login", "/login"),
    StorePage("register", "storefront_account.register", "/register"),
    StorePage("notices", "storefront_notices.index", "/notices"),
    StorePage("notice", "storefront_notices.show", "/notices", "main a[href^='/notices/']"),
    StorePage("not-found", "", "/no-such-page"),
    _own("orders", "storefront_orders.index", "/orders"),
    _own("own-order", "storefront_orders.show", "/orders", "main a[href^='/orders/W']"),
    _own("order-paid", "storefront_orders.show", "/orders/{paid}"),
    _own("order-unpaid", "storefront_orders.show", "/orders/{pending}"),
    _own(
        "order-cancel", "storefront_claims.new", "/orders/{paid}", "a[href$='/claims/cancel']"
    ),
    _own(
        "claim",
        "storefront_claims.show",
        "/orders/{paid}",
        "a[href*='/claims/']:not([href$='cancel'])",
    ),
    _own("review", "storefront_reviews.edit", "{review}"),
    _own("order-invoices", "storefront_invoices.index", "/orders/{paid}/invoices"),
    _own("pay", "storefront_pay.show", "/pay/{pending}"),
    _own("pay-back", "storefront_pay.back", "/pay/{pending}/back"),
    _own("bank-transfer", "storefront_transfer.show", "/pay/{bank}/bank"),
    _own("account-rights", "storefront_rights.show", "/account/rights"),
    _own("account-confirm", "storefront_confirm.show", "/account/confirm"),
    _own("own-coupons", "storefront_coupons.index", "/account/coupons"),
    _own("favourites", "storefront_favourites.index", "/account/favourites"),
    _own("addresses", "storefront_addresses.index", "/account/addresses"),
    _own("address-new", "storefront_addresses.new", "/account/addresses/new"),
    _own(
        "address",
        "storefront_addresses.show",
        "/account/addresses",
        "main a[href^='/account/addresses/']:not([href$='new'])",
    ),
    _own("invoices", "storefront_invoices.own", "/account/invoices"),
    _own("invoice-titles", "storefront_titles.index", "/account/invoice-titles"),
    _own("invoice-title-new", "storefront_titles.new", "/account/invoice-titles/new"),
    _own(
        "invoice-title",
        "storefront_titles.show",
        "/account/invoice-titles",
        "main a[href^='/account/invoice-titles/']:not([href$='new'])",
    ),
)

NO_PAGES: Mapping[str, str] = {
    "storefront_catalog.qr": "a picture",
    "storefront_trace.qr": "a picture",
    "storefront_certificates.qr": "a picture",
    "storefront_claims.photo": "a picture",
    "storefront_reviews.photo": "a picture",
    "storefront_pictures.show": "a picture",
    "storefront_pictures.show_wide": "a picture",
    "storefront_rights.data_json": "a file",
    "storefront_rights.data_csv": "a file",
    "storefront_orders.temperature": "the figures of a chart on the order's page",
    "storefront_sitemap.robots": "for programs",
    "storefront_sitemap.index": "for programs",
    "storefront_sitemap.part": "for programs",
    "storefront_suggest.suggest": "a part of the search field, seen with every page",
    "storefront_help.current_terms": "leads on to the terms in force",
    "storefront_invoices.show": "a paper to print, typeset as PDF",
    "storefront_invoices.carry": "a paper to print, typeset as PDF",
    "storefront_digital_link.qr": "a picture",
    "storefront_digital_link.show_goods": "leads on to the product",
    "storefront_digital_link.show_lot": "leads on to the trace of the lot",
    "storefront_digital_link.show": "leads on, or lists several lots of one parcel",
    "storefront_refunds.show": "after a refund failed, which none does at the demo's provider",
}
"""What the storefront answers besides pages, with the reason."""


def list_unlisted(app: Flask) -> Iterator[str]:
    """Yield GET views of the storefront that nobody listed, and listed ones that are gone."""
    listed = {page.endpoint for page in PAGES if page.endpoint} | set(NO_PAGES)
    there = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(FACE) and "GET" in (rule.methods or ())
    }
    yield from sorted(f"not listed: {endpoint}" for endpoint in there - listed)
    yield from sorted(f"gone: {endpoint}" for endpoint in listed - there)
