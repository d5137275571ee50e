"""Short builders of listings that sellers write, with the words they choose from."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from catalog import service
from catalog.models import Attribute, AttributeChoice, CategoryAttribute
from catalog.values import ListingPlan, SkuPlan
from kernel.pictures import Copy
from tests.builders.catalog import NOON, a_category, a_storage_class
from tests.builders.places import DISTRICT, TOWNSHIP, VILLAGE, a_place, a_seller

WRITER, REVIEWER = "person:1", "person:2"


def some_words(session: Session) -> None:
    """Make shelf `tea` with kind `black` and attributes grade (all) and processing."""
    a_category(session, "tea", raw_needs_certificate=True)
    a_category(
        session,
        "black",
        parent_code="tea",
        shelf_code="tea",
        lineage=["tea", "black"],
        raw_needs_certificate=True,
    )
    a_category(session, "honey")
    a_storage_class(session, "COOL")
    for code in (DISTRICT, TOWNSHIP, VILLAGE):
        a_place(session, code)
    words = {"grade": ("top", "first"), "processing": ("raw", "simple")}
    for place, (code, choices) in enumerate(words.items()):
        session.add(Attribute(code=code, name=code, name_en=code, sort_order=place))
        session.flush()
        session.add(CategoryAttribute(category_code="tea", attribute_code=code))
        session.add_all(
            AttributeChoice(
                attribute_code=code, code=one, name=one, name_en=one, sort_order=number
            )
            for number, one in enumerate(choices)
        )
    session.flush()


def a_photo(session: Session, seller: str | None = None) -> str:
    """Keep a photo of a seller; return its stem."""
    seller = seller or a_seller(session)
    return service.keep_photo(session, seller, [Copy(160, b"s"), Copy(480, b"l")], at=NOON)


def a_plan(**changes: Any) -> ListingPlan:
    """A listing of black tea that lacks nothing but a photo."""
    plan = ListingPlan(
        name="白马山红茶",
        name_en="Baima black tea",
        category_code="tea",
        kind_code="black",
        description="白马山高海拔茶园手采，汤色红亮。",
        district_code=DISTRICT,
        township_code=TOWNSHIP,
        village_code=VILLAGE,
        storage_code="COOL",
        shelf_life_days=720,
        season_months=(3, 4, 5),
        attributes={"grade": "top"},
        skus=(SkuPlan(spec="100g/罐", net_weight_g=100, price_minor=9_800),),
    )
    return replace(plan, **changes)
