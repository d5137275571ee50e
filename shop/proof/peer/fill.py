"""Makes the tables of the peer and fills them with so many goods: `python fill.py NUMBER`.

24 categories, two classes of products, and a picture and a stock record for each product.
"""

import os
import random
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storefront.settings")
django.setup()

from django.conf import settings  # noqa: E402 -- after django is set up
from django.db import connection  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402
from PIL import Image  # noqa: E402

WORDS = (
    *("pepper", "honey", "mushroom", "walnut", "rice", "tea", "apple", "goat", "millet"),
    *("bamboo", "persimmon", "chili", "garlic", "oil", "noodle", "ham"),
)
BATCH = 2000
PICTURES = 50


def fill(number: int) -> None:
    """Make everything."""
    leaves = _shelves()
    ids = _products(number)
    _bulk(
        "catalogue",
        "ProductCategory",
        [{"product_id": one, "category": leaves[at % 24]} for at, one in enumerate(ids)],
    )
    _stock(ids)
    _pictures(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE INDEX ON catalogue_product USING gin (to_tsvector('simple', title))"
        )
        cursor.execute("CREATE INDEX ON catalogue_product (date_updated DESC, id DESC)")
        cursor.execute("ANALYZE")


def _shelves() -> list[Any]:
    category = get_model("catalogue", "Category")
    roots = [category.add_root(name=f"Root {one}", slug=f"root-{one}") for one in range(6)]
    return [
        root.add_child(name=f"Shelf {place}-{one}", slug=f"shelf-{place}-{one}")
        for place, root in enumerate(roots)
        for one in range(4)
    ]


def _products(number: int) -> list[int]:
    dice = random.Random(1)
    kinds = get_model("catalogue", "ProductClass").objects
    classes = [
        kinds.create(name=name, requires_shipping=True, track_stock=True)
        for name in ("Fresh", "Dry")
    ]
    rows = [
        {
            "structure": "standalone",
            "upc": f"U{place:07d}",
            "title": f"{dice.choice(WORDS)} {dice.choice(WORDS)} village {place}",
            "slug": f"product-{place}",
            "description": "Grown by the households of the village. " * 12,
            "product_class": classes[place % 2],
            "is_public": True,
            "is_discountable": True,
            "rating": dice.choice([None, 3.0, 4.0, 5.0]),
        }
        for place in range(number)
    ]
    _bulk("catalogue", "Product", rows)
    products = get_model("catalogue", "Product").objects
    return list(products.order_by("id").values_list("id", flat=True))


def _stock(ids: list[int]) -> None:
    dice = random.Random(2)
    sellers = get_model("partner", "Partner").objects
    partners = [sellers.create(name=f"Coop {at}", code=f"coop{at}") for at in range(20)]
    rows = [
        {
            "product_id": one,
            "partner": partners[place % 20],
            "partner_sku": f"S{place}",
            "price_currency": "GBP",
            "price": Decimal(dice.randint(100, 9900)) / 100,
            "num_in_stock": 10_000_000,
        }
        for place, one in enumerate(ids)
    ]
    _bulk("partner", "StockRecord", rows)


def _pictures(ids: list[int]) -> None:
    folder = Path(settings.MEDIA_ROOT) / "p"
    folder.mkdir(parents=True, exist_ok=True)
    for place in range(PICTURES):
        Image.new("RGB", (600, 600), (place * 5, 100, 50)).save(folder / f"{place}.jpg")
    rows = [
        {"product_id": one, "original": f"p/{place % PICTURES}.jpg", "display_order": 0}
        for place, one in enumerate(ids)
    ]
    _bulk("catalogue", "ProductImage", rows)


def _bulk(app: str, name: str, rows: list[dict[str, Any]]) -> None:
    model = get_model(app, name)
    model.objects.bulk_create([model(**row) for row in rows], batch_size=BATCH)


if __name__ == "__main__":
    call_command("migrate", verbosity=0, interactive=False)
    fill(int(sys.argv[1]))
