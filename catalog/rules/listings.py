"""What a listing must say before somebody looks at it."""

from collections.abc import Mapping, Sequence

from catalog.values import ListingPlan, SaleUnit, SkuPlan, Taxonomy

SERVICES = "service"
"""The shelf of what weighs nothing and does not spoil."""
RAW = "raw"
"""The choice of `processing` that says goods are as they were harvested."""
MIN_NAME, MAX_NAME, MAX_NAME_EN, MAX_SPEC, MAX_CODE = 2, 40, 80, 30, 32
MIN_DESCRIPTION, MAX_DESCRIPTION, MAX_STORY = 10, 400, 20_000
MAX_SHELF_LIFE, DECEMBER = 3_650, 12
MAX_PHOTOS, MAX_SKUS = 8, 12
MAX_PRICE_MINOR, MAX_WEIGHT_G = 10_000_000, 1_000_000


def find_faults(
    plan: ListingPlan, known: Taxonomy, *, base: ListingPlan | None
) -> dict[str, str]:
    """Return what must be mended before a listing can be looked at: field → code of the fault.

    `base` is what buyers see today; a new product has none.
    """
    faults = {
        field: code
        for field, (code, is_right) in {
            **_said(plan),
            **_placed(plan, known),
            **_kept(plan),
            **_packed(plan, base),
        }.items()
        if not is_right
    }
    old = {sku.code: sku for sku in base.skus} if base else {}
    weighs = plan.category_code != SERVICES
    for place, sku in enumerate(plan.skus, start=1):
        if fault := _sku_fault(sku, old, weighs=weighs):
            faults[f"sku_{place}"] = fault
    return faults


def _said(plan: ListingPlan) -> dict[str, tuple[str, bool]]:
    told = len(plan.description.strip())
    return {
        "name": ("name_unfit", MIN_NAME <= len(plan.name.strip()) <= MAX_NAME),
        "name_en": ("text_too_long", len(plan.name_en) <= MAX_NAME_EN),
        "brand": ("text_too_long", len(plan.brand) <= MAX_NAME),
        "series": ("text_too_long", len(plan.series) <= MAX_NAME),
        "description": ("description_unfit", MIN_DESCRIPTION <= told <= MAX_DESCRIPTION),
        "story": ("text_too_long", len(plan.story) <= MAX_STORY),
    }


def _placed(plan: ListingPlan, known: Taxonomy) -> dict[str, tuple[str, bool]]:
    shelf = (plan.category_code,)
    above = known.lineages.get(plan.kind_code, ()) if plan.kind_code else shelf
    return {
        "category": ("category_unknown", known.lineages.get(plan.category_code) == shelf),
        "kind": ("kind_elsewhere", above[:1] == shelf),
        "attributes": ("attribute_unfit", _are_fit(plan, known)),
        "district": ("place_missing", bool(plan.district_code)),
        "storage": ("storage_unknown", plan.storage_code in known.storages),
    }


def _kept(plan: ListingPlan) -> dict[str, tuple[str, bool]]:
    months = plan.season_months
    is_seasonal = bool(months) and all(1 <= month <= DECEMBER for month in months)
    days = plan.shelf_life_days
    spoils = plan.is_food and plan.category_code != SERVICES
    is_told = not spoils if days is None else 1 <= days <= MAX_SHELF_LIFE
    return {
        "season": ("season_missing", plan.is_year_round or is_seasonal),
        "shelf_life": ("shelf_life_missing", is_told),
    }


def _packed(plan: ListingPlan, base: ListingPlan | None) -> dict[str, tuple[str, bool]]:
    own = [sku.own_code for sku in plan.skus if sku.own_code]
    is_drawn = base is not None and not base.photos
    return {
        "photos": ("photo_missing", bool(plan.photos) or is_drawn),
        "photos_most": ("photos_too_many", len(plan.photos) <= MAX_PHOTOS),
        "skus": ("sku_missing", 1 <= len(plan.skus) <= MAX_SKUS),
        "own_codes": ("own_code_twice", len(set(own)) == len(own)),
    }


def _are_fit(plan: ListingPlan, known: Taxonomy) -> bool:
    allowed = known.attributes_of(plan.kind_code or plan.category_code)
    return all(
        attribute in allowed and choice in known.words.get(attribute, ())
        for attribute, choice in plan.attributes.items()
    )


def _sku_fault(sku: SkuPlan, old: Mapping[str, SkuPlan], *, weighs: bool) -> str:
    """Return the first thing wrong with one pack, or nothing.

    The weight of a pack that is there already stays: lots and orders count by it.
    """
    before = old.get(sku.code)
    told = max(len(sku.spec), len(sku.pack))
    checks = (
        ("sku_unknown", not sku.code or before is not None),
        ("sku_weight_fixed", before is None or _weight_of(before) == _weight_of(sku)),
        ("spec_unfit", bool(sku.spec.strip()) and told <= MAX_SPEC),
        ("own_code_unfit", len(sku.own_code) <= MAX_CODE),
        ("price_unfit", 0 < sku.price_minor <= MAX_PRICE_MINOR),
        ("weight_unfit", int(weighs) <= sku.net_weight_g <= MAX_WEIGHT_G),
        ("piece_unfit", _is_piece_fit(sku)),
    )
    return next((code for code, is_right in checks if not is_right), "")


def _is_piece_fit(sku: SkuPlan) -> bool:
    if sku.sale_unit is SaleUnit.PACK:
        return sku.piece_min_g is None and sku.piece_max_g is None
    return 0 < (sku.piece_min_g or 0) <= sku.net_weight_g <= (sku.piece_max_g or 0)


def _weight_of(sku: SkuPlan) -> tuple[int, SaleUnit, int | None, int | None]:
    return sku.net_weight_g, sku.sale_unit, sku.piece_min_g, sku.piece_max_g


def changed_fields(plan: ListingPlan, base: ListingPlan) -> frozenset[str]:
    """Return the fields in which a listing differs from what buyers saw when it was begun."""
    fields: Sequence[str] = ListingPlan.__slots__
    return frozenset(name for name in fields if getattr(plan, name) != getattr(base, name))
