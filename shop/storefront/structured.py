"""What search engines and chat programs read of a page: schema.org data, and the share card."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from flask import request, url_for
from markupsafe import Markup

from catalog.listing.flash import DealRow
from catalog.listing.product import OfferRow, ProductRow
from catalog.values.editorial import PiecePlan
from kernel.clock import SHANGHAI
from shop.i18n import MINOR_PER_YUAN, bilingual
from shop.storefront.cards import picture
from shop.storefront.offered import Offered

CONTEXT = "https://schema.org"
IN_STOCK, PRESALE, SOLD_OUT = (
    f"{CONTEXT}/{name}" for name in ("InStock", "PreOrder", "OutOfStock")
)

Data = dict[str, Any]


def product_data(
    product: ProductRow, offers: Sequence[OfferRow], prices: Mapping[str, Offered]
) -> Data:
    """Return a product with its offers, its place among the shelves and its visible reviews."""
    return {
        "@context": CONTEXT,
        "@graph": [_product(product, offers, prices), _crumbs(product)],
    }


def picture_address(stem: str) -> str:
    """Return the whole address of a product's picture, for those who are not on the page."""
    return urljoin(request.host_url, picture(stem).large)


def _product(
    product: ProductRow, offers: Sequence[OfferRow], prices: Mapping[str, Offered]
) -> Data:
    address = url_for("storefront_catalog.show", code=product.code, _external=True)
    data: Data = {
        "@type": "Product",
        "name": bilingual(product.name, product.name_en),
        "description": product.description,
        "sku": product.code,
        "category": bilingual(product.category_name, product.category_name_en),
        "image": [picture_address(product.picture)],
        "url": address,
        "offers": [_offer(product, one, prices[one.code], address) for one in offers],
    }
    if product.brands:
        code, name, name_en = product.brands[0]
        data["brand"] = {
            "@type": "Brand",
            "name": bilingual(name, name_en),
            "url": url_for("storefront_brands.show", code=code, _external=True),
        }
    if product.stars.tenths is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": f"{product.stars.tenths / 10:.1f}",
            "reviewCount": product.stars.count,
            "bestRating": 5,
            "worstRating": 1,
        }
    return data


def _offer(product: ProductRow, offer: OfferRow, now: Offered, address: str) -> Data:
    yuan, cents = divmod(now.minor, MINOR_PER_YUAN)
    stock = PRESALE if now.presale else IN_STOCK
    return {
        "@type": "Offer",
        "sku": offer.code,
        "name": offer.spec,
        "price": f"{yuan}.{cents:02d}",
        "priceCurrency": "CNY",
        "availability": stock if offer.available else SOLD_OUT,
        "itemCondition": f"{CONTEXT}/NewCondition",
        "url": address,
        "seller": {"@type": "Organization", "name": product.seller_name},
    }


def _crumbs(product: ProductRow) -> Data:
    shelf = bilingual(product.category_name, product.category_name_en)
    index = url_for("storefront_catalog.index", _external=True)
    steps = [
        (url_for("storefront_home.index", _external=True), "山集"),
        (f"{index}?category={product.category_code}", shelf),
        (
            url_for("storefront_catalog.show", code=product.code, _external=True),
            bilingual(product.name, product.name_en),
        ),
    ]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": address}
            for place, (address, name) in enumerate(steps, start=1)
        ],
    }


def event_address(code: str) -> str:
    """Return the whole address of an event's page."""
    return url_for("storefront_events.show", code=code, _external=True)


def event_data(code: str, plan: PiecePlan, deals: Sequence[DealRow]) -> Data:
    """Return an event of the shop with its days in Shanghai time and the prices of it."""
    address = event_address(code)
    data: Data = {
        "@context": CONTEXT,
        "@type": "SaleEvent",
        "name": bilingual(plan.title, plan.title_en),
        "description": Markup(bilingual(plan.text, plan.text_en)).striptags(),  # noqa: S704 -- cleaned, and only its words are used
        "url": address,
        "image": [picture_address(plan.picture)],
        "eventStatus": f"{CONTEXT}/EventScheduled",
        "eventAttendanceMode": f"{CONTEXT}/OnlineEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": address},
        "organizer": {
            "@type": "Organization",
            "name": "山集",
            "url": url_for("storefront_home.index", _external=True),
        },
        "offers": [_deal(row) for row in deals if row.is_running],
    }
    for name, moment in (("startDate", plan.starts_at), ("endDate", plan.ends_at)):
        if moment is not None:
            data[name] = moment.astimezone(SHANGHAI).isoformat()
    return data


def _deal(row: DealRow) -> Data:
    yuan, cents = divmod(row.minor, MINOR_PER_YUAN)
    return {
        "@type": "Offer",
        "sku": row.sku_code,
        "name": bilingual(row.name, row.name_en),
        "price": f"{yuan}.{cents:02d}",
        "priceCurrency": "CNY",
        "availability": IN_STOCK if row.left else SOLD_OUT,
        "validFrom": row.starts_at.astimezone(SHANGHAI).isoformat(),
        "priceValidUntil": row.ends_at.astimezone(SHANGHAI).isoformat(),
        "url": url_for("storefront_catalog.show", code=row.product_code, _external=True),
    }
