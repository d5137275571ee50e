"""What a listing must say: every fault is told at once, none is invented."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules import listings as rules
from catalog.values import ListingPlan, SaleUnit, SkuPlan, Taxonomy
from tests.builders.listings import a_plan

KNOWN = Taxonomy(
    lineages={
        "tea": ("tea",),
        "black": ("tea", "black"),
        "fairy": ("tea", "black", "fairy"),
        "honey": ("honey",),
    },
    words={"grade": frozenset({"top"}), "bud": frozenset({"one"})},
    attributes={"tea": frozenset({"grade"}), "black": frozenset({"bud"})},
    storages=frozenset({"COOL"}),
)
GOOD = a_plan(photos=("photo-1",))
PACK = SkuPlan(code="X-1", spec="1", net_weight_g=100, price_minor=100)


def faults(**changes: object) -> dict[str, str]:
    """What is wrong with a good listing after some changes."""
    return rules.find_faults(replace(GOOD, **changes), KNOWN, base=None)  # type: ignore[arg-type]


def test_nothing_is_wrong_with_a_good_one() -> None:
    assert faults() == {}


def test_an_empty_one_is_told_everything_at_once() -> None:
    wrong = rules.find_faults(ListingPlan(), KNOWN, base=None)
    assert set(wrong) == {
        *("name", "description", "category", "kind", "district", "storage"),
        *("season", "shelf_life", "photos", "skus"),
    } - {"kind"}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"kind_code": "honey"}, "kind", "kind_elsewhere"),
        ({"kind_code": "nowhere"}, "kind", "kind_elsewhere"),
        ({"category_code": "black"}, "category", "category_unknown"),
        ({"season_months": (0,)}, "season", "season_missing"),
        ({"shelf_life_days": 0}, "shelf_life", "shelf_life_missing"),
        ({"attributes": {"grade": "worst"}}, "attributes", "attribute_unfit"),
        ({"attributes": {"taste": "hot"}}, "attributes", "attribute_unfit"),
        ({"photos": ("p",) * 9}, "photos_most", "photos_too_many"),
        ({"skus": (PACK,)}, "sku_1", "sku_unknown"),
    ],
)
def test_each_fault_has_its_field(changes: dict[str, object], field: str, code: str) -> None:
    assert faults(**changes)[field] == code


def test_a_kind_has_the_attributes_of_all_above_it() -> None:
    assert faults(kind_code="fairy", attributes={"grade": "top", "bud": "one"}) == {}
    assert "attributes" in faults(kind_code="", attributes={"bud": "one"})


def test_the_weight_of_a_pack_that_is_there_stays() -> None:
    base = replace(GOOD, skus=(PACK,))
    heavier = replace(base, skus=(replace(PACK, net_weight_g=120),))
    dearer = replace(base, skus=(replace(PACK, price_minor=120),))
    assert rules.find_faults(heavier, KNOWN, base=base) == {"sku_1": "sku_weight_fixed"}
    assert rules.find_faults(dearer, KNOWN, base=base) == {}


@given(
    unit=st.sampled_from(SaleUnit),
    weight=st.integers(-5, 3_000),
    low=st.none() | st.integers(-5, 3_000),
    high=st.none() | st.integers(-5, 3_000),
)
def test_pieces_lie_around_what_they_are_expected_to_weigh(
    unit: SaleUnit, weight: int, low: int | None, high: int | None
) -> None:
    pack = SkuPlan(
        spec="1",
        net_weight_g=weight,
        price_minor=1,
        sale_unit=unit,
        piece_min_g=low,
        piece_max_g=high,
    )
    is_right = weight >= 1 and (
        low is None and high is None
        if unit is SaleUnit.PACK
        else low is not None and high is not None and 0 < low <= weight <= high
    )
    assert (faults(skus=(pack,)) == {}) is is_right


@given(st.lists(st.sampled_from(["", "A", "B", "C"]), min_size=1, max_size=5))
def test_packs_are_told_apart_by_the_sellers_own_codes(own: list[str]) -> None:
    packs = tuple(replace(PACK, code="", own_code=code) for code in own)
    given_codes = [code for code in own if code]
    is_right = len(given_codes) == len(set(given_codes))
    assert ("own_codes" not in faults(skus=packs)) is is_right


def test_only_what_differs_counts_as_changed() -> None:
    assert rules.changed_fields(GOOD, GOOD) == frozenset()
    assert rules.changed_fields(replace(GOOD, name="茶", brand="x"), GOOD) == {"name", "brand"}
