"""Writes the reference rows every installation needs, production included."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from pypinyin import lazy_pinyin
from sqlalchemy.orm import Session

from catalog.search import editing as words
from catalog.search import vocabulary
from cold_chain.life_catalogue import LIFE_MODELS, LIFE_POINTS
from cold_chain.profile_catalogue import PROFILES, RULES
from households.values import HouseholdCategory
from kernel.regions import DistrictMark, RegionLevel
from shop.sample import listings, tables
from shop.sample.checks import Files
from shop.sample.schemas import PolicyEntry, TermEntry
from shop.sample.tables import Change, Row

PROVINCE: Final = "50"
"""Two digits, so that a district's code extends it."""
CENTI: Final = 100
VILLAGE_ENDINGS: Final = ("社区", "村")
AUTONOMOUS_COUNTY: Final = "自治县"
WORDS_FROM: Final = "task:reference"
WORDS_AT: Final = datetime(2024, 1, 1, tzinfo=UTC)
LIMITS_FROM: Final = date(2020, 1, 1)
LIMITS_BASIS: Final = "catalogue: berries and cut vegetables 24 h, fish on ice 36 h"

MARKS: Final = {
    DistrictMark.COUNTY_832: (
        "is_832_county",
        date(2020, 11, 23),
        "the last of the 832 counties are announced as lifted",
    ),
    DistrictMark.LIFTED: (
        "is_lifted_county_18",
        date(2020, 2, 22),
        "the city announces its last four counties of 18 as lifted",
    ),
    DistrictMark.KEY: (
        "is_national_key_county_4",
        date(2021, 8, 27),
        "list of national key counties of rural revitalisation",
    ),
}
"""List → the column of districts.csv, since when it is in force, and what says so."""


def load(session: Session, files: Files) -> list[Change]:
    """Write regions, channels, policy numbers, shelves, storage, certificates and limits."""
    return [
        tables.put(session, "regions", list(_regions(files)), key=["code"]),
        tables.put(
            session,
            "region_marks",
            list(_marks(files)),
            key=["region_code", "mark", "valid_from"],
        ),
        tables.put(
            session,
            "region_aliases",
            [_alias(row) for row in files.aliases],
            key=["region_code", "alias_code", "alias_name", "change"],
        ),
        tables.put(session, "channels", list(_channels(files)), key=["code"]),
        put_policies(session, [*files.policies, *_platform(files, is_sample=False)]),
        tables.put(
            session,
            "category_terms",
            [_term(row) for row in files.category_terms],
            key=["category", "valid_from"],
        ),
        *listings.load_reference(session, files),
        tables.put(session, "storage_classes", list(_storages(files)), key=["code"]),
        put_limits(
            session,
            "storage_code",
            {row.code: row.max_transit_hours for row in files.storages},
        ),
        tables.put(
            session,
            "transit_times",
            [msgspec.structs.asdict(row) for row in files.transit_times],
            key=["province", "city", "valid_from"],
        ),
        tables.put(session, "certificate_types", list(_certificates(files)), key=["code"]),
        put_words(session),
        tables.put(session, "brands", list(_brands(files)), key=["code"]),
        *put_cold_rules(session),
    ]


def put_cold_rules(session: Session) -> list[Change]:
    """Write the temperature limits and the models of shelf life, each with its source."""
    model_point = ["model_code", "model_version", "centi"]
    rule = ["profile_code", "profile_version", "code"]
    return [
        tables.put(session, "limit_profiles", list(PROFILES), key=["code", "version"]),
        tables.put(session, "limit_rules", list(RULES), key=rule),
        tables.put(session, "life_models", list(LIFE_MODELS), key=["code", "version"]),
        tables.put(session, "life_points", list(LIFE_POINTS), key=model_point),
    ]


def put_words(session: Session) -> Change:
    """Write the words the search is delivered with; what an editor withdrew stays withdrawn."""
    added = words.put_shipped(session, actor=WORDS_FROM, at=WORDS_AT)
    return Change("search_words", added, 0, len(vocabulary.shipped_rows()) - added)


def put_policies(session: Session, entries: list[PolicyEntry]) -> Change:
    """Write dated policy numbers; periods of one code never overlap."""
    rows = [
        {
            "code": entry.code,
            "value": entry.value,
            "unit": entry.unit,
            "valid_from": entry.valid_from,
            "valid_to": entry.valid_to,
            "basis": entry.basis,
            "note": entry.note,
        }
        for entry in entries
    ]
    return tables.put(session, "policy_params", rows, key=["code", "valid_from"])


def put_limits(session: Session, of: str, hours: Mapping[str, int | None]) -> Change:
    """Write for how long goods may be on their way, by product or by storage class."""
    rows = [
        {of: code, "hours": limit, "valid_from": LIMITS_FROM, "basis": LIMITS_BASIS}
        for code, limit in hours.items()
        if limit is not None
    ]
    return tables.put(session, "transit_limits", rows, key=[of, "valid_from"])


def put_sample_policies(session: Session, files: Files) -> Change:
    """Write the policy numbers that name a fictitious organisation."""
    return put_policies(session, _platform(files, is_sample=True))


def _platform(files: Files, *, is_sample: bool) -> list[PolicyEntry]:
    return [row for row in files.platform if row.is_sample is is_sample]


def _regions(files: Files) -> Iterator[Row]:
    yield _region(code=PROVINCE, level=RegionLevel.PROVINCE, name="重庆市", pinyin="chong qing")
    for district in files.districts:
        yield _region(
            code=district.code,
            parent_code=PROVINCE,
            level=RegionLevel.DISTRICT,
            name=district.name,
            short_name=_short_county(district.name),
            pinyin=_pinyin(district.name.removesuffix("区").removesuffix("县")),
            latitude=district.lat,
            longitude=district.lon,
        )
    for township in files.townships:
        yield _region(
            code=township.code,
            parent_code=township.parent_code,
            level=RegionLevel.TOWNSHIP,
            name=township.name,
            short_name=township.short_name,
            pinyin=township.pinyin,
            kind=township.type,
            focus_tier=township.focus_tier or "",
            cold_chain_area=township.cold_chain_area,
            latitude=township.lat,
            longitude=township.lon,
        )
    for village in files.villages:
        yield _region(
            code=village.code,
            parent_code=village.township_code,
            level=RegionLevel.VILLAGE,
            name=village.name,
            pinyin=_pinyin(_without_ending(village.name)),
            kind=village.kind,
            focus_tier=village.focus_tier or "",
            cold_chain_area=village.cold_chain_area,
        )


def _marks(files: Files) -> Iterator[Row]:
    for mark, (column, since, basis) in MARKS.items():
        for district in files.districts:
            if getattr(district, column):
                yield {
                    "region_code": district.code,
                    "mark": mark,
                    "valid_from": since,
                    "basis": basis,
                }


def _region(*, code: str, level: RegionLevel, name: str, **facts: Any) -> Row:
    return {
        "code": code,
        "parent_code": None,
        "level": level,
        "name": name,
        "short_name": name,
        "pinyin": "",
        "kind": "",
        "focus_tier": "",
        "cold_chain_area": "",
        "latitude": None,
        "longitude": None,
        **facts,
    }


def _short_county(name: str) -> str:
    """Return 石柱县 for 石柱土家族自治县; other names are short already."""
    return f"{name[:2]}县" if name.endswith(AUTONOMOUS_COUNTY) else name


def _without_ending(name: str) -> str:
    for ending in VILLAGE_ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


def _pinyin(name: str) -> str:
    return " ".join(lazy_pinyin(name))


def _alias(alias: Any) -> Row:  # a row of place_aliases.csv
    return {
        "region_code": alias.current_code,
        "region_name": alias.current_name,
        "alias_code": alias.other_code or "",
        "alias_name": alias.other_name or "",
        "level": alias.level,
        "change": alias.change,
        "scheme": alias.scheme,
        "basis": alias.basis,
    }


def _channels(files: Files) -> Iterator[Row]:
    for position, channel in enumerate(files.channels, start=1):
        yield {
            "code": channel.code,
            "name": channel.zh,
            "name_en": channel.en,
            "who": channel.who,
            "counts": channel.counts,
            "published_2021_minor": channel.amount_2021_fen,
            "sort_order": position,
        }


def _term(entry: TermEntry) -> Row:
    return {
        "category": HouseholdCategory(entry.category),
        "term": entry.term,
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
        "basis": entry.basis,
    }


def _storages(files: Files) -> Iterator[Row]:
    for storage in files.storages:
        label = files.storage_labels[storage.code]
        yield {
            "code": storage.code,
            "name": label["label"],
            "name_en": storage.en,
            "min_centi_celsius": centi(label["temp_min_c"]),
            "max_centi_celsius": centi(label["temp_max_c"]),
            "needs_cold_chain": storage.needs_cold_chain,
        }


def centi(degrees: int | None) -> int | None:
    """Return whole degrees as hundredths of a degree."""
    return None if degrees is None else degrees * CENTI


def _certificates(files: Files) -> Iterator[Row]:
    for kind in files.certificate_types:
        yield {
            "code": kind.code,
            "name": kind.zh,
            "name_en": kind.en,
            "is_per_lot": kind.is_per_lot,
            "stops_sale": kind.stops_sale,
        }


def _brands(files: Files) -> Iterator[Row]:
    for position, brand in enumerate(files.brands, start=1):
        yield {
            "code": brand.code,
            "name": brand.zh,
            "name_en": brand.en,
            "is_regional": brand.is_regional,
            "sort_order": position,
            "is_sample": brand.sample,
        }
