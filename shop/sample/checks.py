"""What the files must agree on with each other: codes with names, counts, references."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from shop.sample.reading import Fault, Sheet
from shop.sample.schemas import (
    LIVE_PARAMS,
    AliasLine,
    BrandEntry,
    CategoryEntry,
    CertificateTypeEntry,
    ChannelEntry,
    DistrictLine,
    HouseholdLine,
    LinkageEntry,
    MemberLine,
    OrganisationEntry,
    PairingLine,
    PolicyEntry,
    ProducerEntry,
    RegionLine,
    StorageEntry,
    TermEntry,
    TransitEntry,
    VillageLine,
)
from shop.sample.schemas_goods import AttributeEntry, BuyerEntry, ListingEntry, ProductEntry
from shop.sample.schemas_promises import (
    CreditLineEntry,
    PresaleEntry,
    ShippingRuleEntry,
    SupplyEntry,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The rows of every file, each of them valid by itself."""

    townships: Sheet[RegionLine]
    villages: Sheet[VillageLine]
    districts: Sheet[DistrictLine]
    aliases: Sheet[AliasLine]
    pairings: Sheet[PairingLine]
    members: Sheet[MemberLine]
    households: Sheet[HouseholdLine]
    channels: Sheet[ChannelEntry]
    policies: Sheet[PolicyEntry]
    platform: Sheet[PolicyEntry]
    categories: Sheet[CategoryEntry]
    attributes: Sheet[AttributeEntry]
    listings: Sheet[ListingEntry]
    category_terms: Sheet[TermEntry]
    storages: Sheet[StorageEntry]
    transit_times: Sheet[TransitEntry]
    certificate_types: Sheet[CertificateTypeEntry]
    brands: Sheet[BrandEntry]
    organisations: Sheet[OrganisationEntry]
    linkages: Sheet[LinkageEntry]
    producers: Sheet[ProducerEntry]
    buyers: Sheet[BuyerEntry]
    products: Sheet[ProductEntry]
    presales: Sheet[PresaleEntry]
    supplies: Sheet[SupplyEntry]
    shipping_rules: Sheet[ShippingRuleEntry]
    credit_lines: Sheet[CreditLineEntry]
    storage_labels: dict[str, dict[str, Any]]
    pictures: dict[str, str]


COUNTS: Final = {
    "townships": 26,
    "villages": 214,
    "districts": 38,
    "aliases": 57,
    "pairings": 26,
    "members": 113,
    "households": 120,
    "channels": 9,
    "policies": 24,
    "producers": 26,
    "buyers": 40,
    "products": 85,
    "linkages": 12,
    "transit_times": 70,
    "presales": 10,
    "credit_lines": 3,
}
SKUS: Final = 124

KEYS: Final[dict[str, Callable[[Any], object]]] = {
    "townships": lambda row: row.code,
    "villages": lambda row: row.code,
    "districts": lambda row: row.code,
    "pairings": lambda row: row.seq,
    "members": lambda row: (row.pairing_seq, row.member_unit),
    "households": lambda row: row.household_id,
    "channels": lambda row: row.code,
    "policies": lambda row: (row.code, row.valid_from),
    "platform": lambda row: (row.code, row.valid_from),
    "categories": lambda row: row.code,
    "attributes": lambda row: row.code,
    "listings": lambda row: row.product,
    "storages": lambda row: row.code,
    "transit_times": lambda row: (row.province, row.city, row.valid_from),
    "certificate_types": lambda row: row.code,
    "organisations": lambda row: row.code,
    "linkages": lambda row: row.code,
    "producers": lambda row: row.id,
    "buyers": lambda row: row.id,
    "products": lambda row: row.id,
    "presales": lambda row: row.sku,
    "supplies": lambda row: row.product,
    "credit_lines": lambda row: row.organisation,
}
"""What tells the rows of a sheet apart."""


def find_faults(files: Files) -> list[Fault]:
    """Return everything the files disagree on; unreadable rows show in the counts."""
    found: list[Fault] = []
    for check in CHECKS:
        found.extend(check(files))
    return found


def _counts(files: Files) -> Iterator[Fault]:
    for name, wanted in COUNTS.items():
        sheet: Sheet[Any] = getattr(files, name)
        if len(sheet) != wanted:
            yield sheet.fault(0, "-", f"{len(sheet)} valid rows, {wanted} expected")
    skus = sum(len(product.skus) for product in files.products)
    if skus != SKUS:
        yield files.products.fault(0, "skus", f"{skus} SKUs, {SKUS} expected")


def _repeated(files: Files) -> Iterator[Fault]:
    for name, key in KEYS.items():
        sheet: Sheet[Any] = getattr(files, name)
        seen: set[object] = set()
        for number, row in sheet.numbered:
            if key(row) in seen:
                yield sheet.fault(number, "-", f"{key(row)} stands twice")
            seen.add(key(row))
    codes = Counter(sku.sku for product in files.products for sku in product.skus)
    for code in (code for code, times in codes.items() if times > 1):
        yield files.products.fault(0, "skus", f"{code} stands twice")


def _places(files: Files) -> Iterator[Fault]:
    """Hold code and name together: two public lists give one code to different townships."""
    townships = {row.code: row for row in files.townships}
    for number, village in files.villages.numbered:
        parent = townships.get(village.township_code)
        if parent is None or village.township not in {parent.name, parent.short_name}:
            yield files.villages.fault(
                number,
                "township_code",
                f"{village.township_code} is not the township {village.township}",
            )
        if not village.code.startswith(village.township_code):
            yield files.villages.fault(number, "code", "lies outside of its township")
    counted: Counter[tuple[str, str]] = Counter(
        (row.township_code, row.kind) for row in files.villages
    )
    for number, township in files.townships.numbered:
        for field, kind in (("villages", "村"), ("communities", "社区")):
            if getattr(township, field) != counted[township.code, kind]:
                yield files.townships.fault(
                    number, field, f"{counted[township.code, kind]} rows in villages.csv"
                )


def _aliases(files: Files) -> Iterator[Fault]:
    names = {
        **{row.code: {row.name} for row in files.districts},
        **{row.code: {row.name, row.short_name} for row in files.townships},
        **{row.code: {row.name} for row in files.villages},
    }
    for number, alias in files.aliases.numbered:
        if alias.current_name not in names.get(alias.current_code, ()):
            yield files.aliases.fault(
                number, "current_code", f"{alias.current_code} is not {alias.current_name}"
            )


def _groups(files: Files) -> Iterator[Fault]:
    townships = {row.code: {row.name, row.short_name} for row in files.townships}
    villages = {row.code: row.name for row in files.villages}
    members = Counter(row.pairing_seq for row in files.members)
    for number, group in files.pairings.numbered:
        if group.township not in townships.get(group.township_code, ()):
            yield files.pairings.fault(number, "township_code", f"is not {group.township}")
        if villages.get(group.focus_village_code or "") != group.focus_village:
            yield files.pairings.fault(number, "focus_village_code", "code and name differ")
        if members[group.seq] != group.member_count:
            yield files.pairings.fault(
                number, "member_count", f"{members[group.seq]} rows in pairing_members.csv"
            )
    groups = {row.seq: (row.assist_group, row.township_code) for row in files.pairings}
    for number, member in files.members.numbered:
        if groups.get(member.pairing_seq) != (member.assist_group, member.township_code):
            yield files.members.fault(number, "pairing_seq", "is not this group")


def _households(files: Files) -> Iterator[Fault]:
    villages = {row.code: (row.township, row.name) for row in files.villages}
    producers = {row.id for row in files.producers}
    models = {row.code for row in files.linkages}
    for number, row in files.households.numbered:
        wrong = files.households.fault
        if villages.get(row.village_code) != (row.township, row.village):
            yield wrong(number, "village_code", f"is not {row.township} {row.village}")
        if row.cooperative_id is not None and row.cooperative_id not in producers:
            yield wrong(number, "cooperative_id", f"no producer {row.cooperative_id}")
        if row.labour > row.members:
            yield wrong(number, "labour", "more than there are members")
        if unknown := set(_models(row.linkage_models)) - models:
            yield wrong(number, "linkage_models", f"no model {min(unknown)}")
        if row.linkage_models and row.cooperative_id is None:
            yield wrong(number, "cooperative_id", "a contract needs a payer")
        if row.is_monitored != (row.recognised_on is not None and row.risk_status is not None):
            yield wrong(number, "is_monitored", "recognised_on and risk_status must agree")


def _incomes(files: Files) -> Iterator[Fault]:
    for number, row in files.households.numbered:
        if row.net_income_per_capita_fen != _net_per_head(row):
            yield files.households.fault(
                number, "net_income_per_capita_fen", "does not follow from the parts"
            )


def _models(text: str | None) -> list[str]:
    return text.split("|") if text else []


def _net_per_head(row: HouseholdLine) -> int:
    net = row.wage_fen + row.operating_gross_fen - row.operating_cost_fen
    return (net + row.property_fen + row.transfer_fen) // row.members


def _producers(files: Files) -> Iterator[Fault]:
    townships = {row.code: row for row in files.townships}
    categories = {row.code for row in files.categories}
    models = {row.code for row in files.linkages}
    made_by = {row.id: row.producer_id for row in files.products}
    for number, row in files.producers.numbered:
        wrong = files.producers.fault
        township = townships.get(row.township_code)
        if township is None or township.cold_chain_area != row.cold_chain_area:
            yield wrong(number, "township_code", "no such township in this cold-chain area")
        if row.village_code and not row.village_code.startswith(row.township_code):
            yield wrong(number, "village_code", "lies outside of the township")
        yield from _unknown(files.producers, number, "categories", row.categories, categories)
        yield from _unknown(
            files.producers, number, "linkage_models", row.linkage_models, models
        )
        for code in row.product_ids:
            if made_by.get(code) != row.id:
                yield wrong(number, "product_ids", f"{code} names another producer or none")


def _buyers(files: Files) -> Iterator[Fault]:
    channels = {row.code for row in files.channels}
    villages = {row.code: row for row in files.villages}
    short = {row.code: row.short_name for row in files.townships}
    for number, row in files.buyers.numbered:
        yield from _unknown(files.buyers, number, "channel_code", [row.channel_code], channels)
        if (row.paired_village_code is None) != (row.pairing_since is None):
            yield files.buyers.fault(number, "pairing_since", "goes with a paired village")
        if row.paired_village_code is None:
            continue
        village = villages.get(row.paired_village_code)
        name = f"{short.get(village.township_code)}{village.name}" if village else ""
        if name != row.paired_village:
            yield files.buyers.fault(
                number, "paired_village_code", f"is not {row.paired_village}"
            )


def _products(files: Files) -> Iterator[Fault]:
    producers = {row.id: set(row.product_ids) for row in files.producers}
    categories = {
        row.code for row in files.categories if row.parent is None and not row.is_refused
    }
    kinds = {row.code: row.is_per_lot for row in files.certificate_types}
    storages = {row.code: row.needs_cold_chain for row in files.storages}
    products = {row.id for row in files.products}
    for number, row in files.products.numbered:
        wrong = files.products.fault
        sheet = files.products
        if row.id not in producers.get(row.producer_id, ()):
            yield wrong(number, "producer_id", f"{row.producer_id} does not name this product")
        yield from _unknown(sheet, number, "category", [row.category], categories)
        yield from _unknown(sheet, number, "bundle", row.bundle or (), products)
        if storages.get(row.storage.class_) != row.cold_chain_required:
            yield wrong(number, "cold_chain_required", "differs from its storage class")
        for certificate in row.certificates:
            if kinds.get(certificate.type) is not (certificate.scope == "batch"):
                yield wrong(number, "certificates", f"{certificate.type} is of another scope")
        if any(not sku.sku.startswith(f"{row.id}-") for sku in row.skus):
            yield wrong(number, "skus", "an SKU of another product")
        if row.id not in files.pictures:
            yield wrong(number, "id", "has no picture in pictures.json")


def _origins(files: Files) -> Iterator[Fault]:
    townships = {row.code: {row.name, row.short_name} for row in files.townships}
    villages = {row.code: (row.township_code, row.name) for row in files.villages}
    districts = {row.code: row.name for row in files.districts}
    for number, row in files.products.numbered:
        wrong = files.products.fault
        origin = row.origin
        if origin.township_code is None:
            county = districts.get(origin.district_code, "")
            if origin.village_code or not county.startswith(origin.township.rstrip("县区")):
                yield wrong(number, "origin.district_code", f"is not {origin.township}")
            continue
        if origin.township not in townships.get(origin.township_code, ()):
            yield wrong(number, "origin.township_code", f"is not {origin.township}")
        place = (origin.township_code, origin.village)
        if origin.village_code and villages.get(origin.village_code) != place:
            yield wrong(number, "origin.village_code", f"is not {origin.village}")


def _platform(files: Files) -> Iterator[Fault]:
    given = {row.code for row in files.platform}
    for code in sorted(LIVE_PARAMS - given):
        yield files.platform.fault(0, "code", f"{code} is missing")
    for number, row in files.platform.numbered:
        if row.code in {policy.code for policy in files.policies}:
            yield files.platform.fault(number, "code", "also stands in policy_params.json")
    for code in sorted(set(files.storage_labels) - {row.code for row in files.storages}):
        yield files.storages.fault(0, "code", f"{code} of products.json is missing")


def _promises(files: Files) -> Iterator[Fault]:
    """Sell ahead outside of the season only, and only what a harvest is known of."""
    products = {sku.sku: product for product in files.products for sku in product.skus}
    supplies = {row.product for row in files.supplies}
    for number, row in files.presales.numbered:
        product = products.get(row.sku)
        if product is None or product.id not in supplies:
            yield files.presales.fault(number, "sku", f"{row.sku} or its supply is unknown")
        elif {int(row.opens[:2]), int(row.closes[:2])} & set(product.season_months):
            yield files.presales.fault(number, "closes", f"{row.sku} is in season then")
    sellers = {row.id for row in files.producers}
    for number, rule in files.shipping_rules.numbered:
        yield from _unknown(files.shipping_rules, number, "seller", [rule.seller], sellers)


def _credit(files: Files) -> Iterator[Fault]:
    lines, buyers = files.credit_lines, {row.id for row in files.buyers}
    for number, line in lines.numbered:
        yield from _unknown(lines, number, "organisation", [line.organisation], buyers)


def _unknown(
    sheet: Sheet[Any], number: int, field: str, codes: Iterable[str], known: set[str]
) -> Iterator[Fault]:
    for code in codes:
        if code not in known:
            yield sheet.fault(number, field, f"{code} is unknown")


CHECKS: Final[tuple[Callable[[Files], Iterator[Fault]], ...]] = (
    _counts,
    _repeated,
    _places,
    _aliases,
    _groups,
    _households,
    _incomes,
    _producers,
    _buyers,
    _products,
    _origins,
    _platform,
    _promises,
    _credit,
)
