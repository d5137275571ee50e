"""All data files together: read, checked against each other, and only then handed out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shop.sample import checks, listings
from shop.sample.checks import Files
from shop.sample.reading import Fault, Reader
from shop.sample.schemas import (
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

FOLDER = Path(__file__).parent / "data"
PICTURES = Path(__file__).parent / "pictures.json"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the files lie; tests put spoilt copies elsewhere."""

    folder: Path = FOLDER
    pictures: Path = PICTURES


def read_all(sources: Sources | None = None) -> Files:
    """Return every file, checked; raises `DataFilesError` with every fault in one list."""
    where = sources or Sources()
    reader = Reader(where.folder)
    head = reader.document("products.json")
    files = Files(
        townships=reader.csv("regions.csv", RegionLine),
        villages=reader.csv("villages.csv", VillageLine),
        districts=reader.csv("districts.csv", DistrictLine),
        aliases=reader.csv("place_aliases.csv", AliasLine),
        pairings=reader.csv("pairings.csv", PairingLine),
        members=reader.csv("pairing_members.csv", MemberLine),
        households=reader.csv("households_sample.csv", HouseholdLine),
        channels=reader.json("channels.json", ChannelEntry, key="channels"),
        policies=reader.json("policy_params.json", PolicyEntry, key="params"),
        platform=reader.json("platform_params.json", PolicyEntry, key="params"),
        categories=reader.json("categories.json", CategoryEntry, key="categories"),
        attributes=reader.json("attributes.json", AttributeEntry, key="attributes"),
        listings=reader.json("listings.json", ListingEntry, key="listings"),
        category_terms=reader.json("category_terms.json", TermEntry, key="terms"),
        storages=reader.json("storage_classes.json", StorageEntry, key="storage_classes"),
        transit_times=reader.json("transit_times.json", TransitEntry, key="times"),
        certificate_types=reader.json(
            "certificate_types.json", CertificateTypeEntry, key="certificate_types"
        ),
        brands=reader.json("brands.json", BrandEntry, key="brands"),
        organisations=reader.json("organisations.json", OrganisationEntry, key="organisations"),
        linkages=reader.json("linkage_models.json", LinkageEntry, key="models"),
        producers=reader.json("cooperatives.json", ProducerEntry, key="cooperatives"),
        buyers=reader.json("enterprises.json", BuyerEntry, key="enterprises"),
        products=reader.json("products.json", ProductEntry, key="products"),
        presales=reader.json("presales.json", PresaleEntry, key="presales"),
        supplies=reader.json("presales.json", SupplyEntry, key="supplies"),
        shipping_rules=reader.json("shipping_rules.json", ShippingRuleEntry, key="rules"),
        credit_lines=reader.json("credit_lines.json", CreditLineEntry, key="lines"),
        storage_labels=_labels(reader, head),
        pictures=_pictures(where.pictures),
    )
    reader.faults += checks.find_faults(files)
    reader.faults += listings.find_faults(files)
    reader.finish()
    return files


def _labels(reader: Reader, head: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = head.get("storage_classes")
    if isinstance(found, dict):
        return found
    reader.faults.append(Fault("products.json", 0, "storage_classes", "an object is missing"))
    return {}


def _pictures(path: Path) -> dict[str, str]:
    reader = Reader(path.parent)
    found = reader.document(path.name).get("pictures")
    reader.finish()
    return {str(code): str(stem) for code, stem in dict(found or {}).items()}
