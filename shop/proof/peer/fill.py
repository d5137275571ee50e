"""Makes the tables of the peer and fills them with so many goods: `python fill.py NUMBER`.

24 categories, two classes of products, and a picture and a stock record for each product.
"""

import os
import random
import sys
from decimal import Decimal
from pathlib import Path

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
    dice = random.Random(1)
    kinds = ("Product", "ProductClass", "Category", "ProductCategory", "ProductImage")
    product, kind, category, shelved, image = (get_model("catalogue", one) for one in kinds)
    partner, stock = get_model("partner", "Partner"), get_model("partner", "StockRecord")
    classes = [
        kind.objects.create(name=name, requires_shipping=True, track_stock=True)
        for name in ("Fresh", "Dry")
    ]
    partners = [
        partner.objects.create(name=f"Coop {place}", code=f"coop{place}") for place in range(20)
    ]
    roots = [category.add_root(name=f"Root {one}", slug=f"root-{one}") for one in range(6)]
    leaves = [
        root.add_child(name=f"Shelf {place}-{one}", slug=f"shelf-{place}-{one}")
        for place, root in enumerate(roots)
        for one in range(4)
    ]
    folder = Path(settings.MEDIA_ROOT) / "p"
    folder.mkdir(parents=True, exist_ok=True)
    for place in range(PICTURES):
        Image.new("RGB", (600, 600), (place * 5, 100, 50)).save(folder / f"{place}.jpg")
    product.objects.bulk_create(
        [
            product(
                structure="standalone",
                upc=f"U{place:07d}",
                title=f"{dice.choice(WORDS)} {dice.choice(WORDS)} village {place}",
                slug=f"product-{place}",
                description="Grown by the households of the village. " * 12,
                product_class=classes[place % 2],
                is_public=True,
                is_discountable=True,
                rating=dice.choice([None, 3.0, 4.0, 5.0]),
            )
            for place in range(number)
        ],
        batch_size=BATCH,
    )
    ids = list(product.objects.order_by("id").values_list("id", flat=True))
    shelved.objects.bulk_create(
        [shelved(product_id=one, category=leaves[place % 24]) for place, one in enumerate(ids)],
        batch_size=BATCH,
    )
    stock.objects.bulk_create(
        [
            stock(
                product_id=one,
                partner=partners[place % 20],
                partner_sku=f"S{place}",
                price_currency="GBP",
                price=Decimal(dice.randint(100, 9900)) / 100,
                num_in_stock=10_000_000,
            )
            for place, one in enumerate(ids)
        ],
        batch_size=BATCH,
    )
    image.objects.bulk_create(
        [
            image(product_id=one, original=f"p/{place % PICTURES}.jpg", display_order=0)
            for place, one in enumerate(ids)
        ],
        batch_size=BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE INDEX ON catalogue_product USING gin (to_tsvector('simple', title))"
        )
        cursor.execute("CREATE INDEX ON catalogue_product (date_updated DESC, id DESC)")
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    call_command("migrate", verbosity=0, interactive=False)
    fill(int(sys.argv[1]))
