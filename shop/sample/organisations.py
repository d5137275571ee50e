"""Writes the fictitious organisations, and who is paired with which village."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from pairing.values import PledgeKind
from parties.values import OrganisationKind
from shop.sample import tables
from shop.sample.checks import Files
from shop.sample.schemas import ProducerEntry
from shop.sample.schemas_goods import BuyerEntry
from shop.sample.tables import Change, Row

PRODUCER_KINDS: Final = {
    "农民专业合作社": OrganisationKind.COOPERATIVE,
    "农业企业": OrganisationKind.AGRICULTURAL_ENTERPRISE,
    "村集体经济组织": OrganisationKind.VILLAGE_COLLECTIVE,
    "家庭农场": OrganisationKind.FAMILY_FARM,
    "加工企业": OrganisationKind.PROCESSOR,
    "基层供销社": OrganisationKind.SUPPLY_COOPERATIVE,
    "区级运营平台": OrganisationKind.REGIONAL_OPERATOR,
}
BUYER_KINDS: Final = {
    "private": OrganisationKind.PRIVATE_ENTERPRISE,
    "budget": OrganisationKind.BUDGET_UNIT,
    "east-west": OrganisationKind.TRADER,
    "central": OrganisationKind.PAIRING_UNIT,
    "group": OrganisationKind.PAIRING_UNIT,
    "district-pair": OrganisationKind.PAIRING_UNIT,
    "social": OrganisationKind.TRADER,
    "union": OrganisationKind.UNION,
}
NOT_ON_SALE: Final = frozenset({"rejected", "suspended"})
"""Recognition states in which a product is taken off the shop."""


def load(session: Session, files: Files, *, today: date) -> list[Change]:
    """Write producers, buyers, the carrier, assistance groups, pairings and pledges."""
    return [
        tables.put(session, "organisations", list(_organisations(files)), key=["code"]),
        tables.put(session, "assistance_groups", list(_groups(files)), key=["sequence"]),
        tables.put(
            session,
            "group_members",
            list(_members(files)),
            key=["group_sequence", "unit_name"],
        ),
        tables.put(
            session,
            "pairings",
            list(_pairings(files)),
            key=["organisation_code", "village_code", "since"],
        ),
        tables.put(
            session,
            "pledges",
            list(_pledges(files, years=(today.year - 1, today.year))),
            key=["organisation_code", "year", "kind", "village_code"],
        ),
    ]


def _organisations(files: Files) -> Iterator[Row]:
    for other in files.organisations:
        yield {
            "code": other.code,
            "name": other.name,
            "kind": OrganisationKind(other.kind),
            "uscc": other.uscc,
            "region_code": other.region_code,
            "village_code": other.village_code,
            "city": other.city,
            "channel_code": None,
            "details": {},
            "is_sample": True,
        }
    for producer in files.producers:
        yield _producer(producer)
    districts = {row.name: row.code for row in files.districts}
    for buyer in files.buyers:
        yield _buyer(buyer, districts.get(buyer.city))


def _producer(producer: ProducerEntry) -> Row:
    return {
        "code": producer.id,
        "name": producer.name,
        "kind": PRODUCER_KINDS[producer.type],
        "uscc": producer.uscc,
        "region_code": producer.township_code,
        "village_code": producer.village_code,
        "city": "武隆区",
        "channel_code": None,
        "details": {
            "type": producer.type,
            "categories": producer.categories,
            "member_households": producer.member_households,
            "lifted_households": producer.lifted_households,
            "monitored_households": producer.monitored_households,
            "linkage_models": producer.linkage_models,
            "cold_store": {
                "chilled_m3": producer.cold_store.chilled_m3,
                "frozen_m3": producer.cold_store.frozen_m3,
                "reefer_trucks": producer.cold_store.reefer_trucks,
                "basis": producer.cold_store.basis,
            },
            "licences": {
                "sc": producer.licences.sc,
                "small_workshop": producer.licences.small_workshop,
                "cqhgz_issuer": producer.licences.cqhgz_issuer,
            },
            "platform_832": producer.platform_832,
            "credit_grade": producer.credit_grade,
        },
        "is_sample": True,
    }


def _buyer(buyer: BuyerEntry, region_code: str | None) -> Row:
    facts = {
        "type": buyer.type,
        "industry": buyer.industry,
        "province": buyer.province,
        "has_canteen": buyer.has_canteen,
        "canteen_mode": buyer.canteen_mode,
        "annual_canteen_budget_minor": buyer.annual_canteen_budget_fen,
        "reserve_ratio_percent": buyer.reserve_ratio_pct,
        "reserve_minor": buyer.reserve_fen,
        "union_budget_minor": buyer.union_budget_fen,
        "platform_832_account": buyer.platform_832_account,
        "settlement_days": buyer.settlement_days,
        "invoice": buyer.invoice,
        "partner_of": buyer.partner_of,
        "assist_modes": buyer.assist_modes,
    }
    return {
        "code": buyer.id,
        "name": buyer.name,
        "kind": BUYER_KINDS[buyer.nature],
        "uscc": buyer.uscc,
        "region_code": region_code,
        "village_code": None,
        "city": buyer.city,
        "channel_code": buyer.channel_code,
        "details": {name: fact for name, fact in facts.items() if fact is not None},
        "is_sample": True,
    }


def _groups(files: Files) -> Iterator[Row]:
    for group in files.pairings:
        yield {
            "sequence": group.seq,
            "name": group.assist_group,
            "township_code": group.township_code,
            "focus_tier": group.focus_tier,
            "focus_village_code": group.focus_village_code,
            "lead_unit": group.lead_unit,
            "note": group.note or "",
        }


def _members(files: Files) -> Iterator[Row]:
    for member in files.members:
        yield {
            "group_sequence": member.pairing_seq,
            "unit_name": member.member_unit,
            "is_lead": member.is_lead,
            "is_double_assigned": member.double_assigned,
        }


def _pairings(files: Files) -> Iterator[Row]:
    for buyer in files.buyers:
        if buyer.paired_village_code and buyer.pairing_since:
            yield {
                "organisation_code": buyer.id,
                "village_code": buyer.paired_village_code,
                "since": date.fromisoformat(f"{buyer.pairing_since}-01"),
                "is_sample": True,
            }


def _pledges(files: Files, *, years: tuple[int, ...]) -> Iterator[Row]:
    """Pledge the yearly plan to the paired village where it sells, else to the district.

    A promise for a village that sells nothing here could never be drawn down.
    """
    selling = {
        product.origin.village_code
        for product in files.products
        if product.assist.status not in NOT_ON_SALE
    }
    for buyer in files.buyers:
        if buyer.annual_purchase_plan_fen is None:
            continue
        village = buyer.paired_village_code
        for year in years:
            yield {
                "organisation_code": buyer.id,
                "year": year,
                "kind": PledgeKind.PURCHASE,
                "village_code": village if village in selling else None,
                "amount_minor": buyer.annual_purchase_plan_fen,
                "is_sample": True,
            }
