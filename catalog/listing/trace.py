"""The public trace of one lot: what it is, where it grew, who answers for it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from catalog.errors import LotNotFoundError
from catalog.listing.contributions import CONTRIBUTED, GROUP
from kernel.disclosure import HouseholdGroup
from kernel.rows import fill


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One lot as everybody may see it; households are a number, never a name."""

    code: str
    spec: str
    sku_code: str
    product_code: str
    product_name: str
    product_name_en: str
    is_listed: bool
    picture: str
    category_code: str
    storage_code: str
    needs_batch_certificate: bool
    seller_code: str
    seller_name: str
    village_code: str | None
    village_name: str | None
    township_code: str | None
    township_name: str | None
    township_pinyin: str | None
    district_name: str
    district_pinyin: str
    harvested_on: date
    best_before: date | None
    received_at: datetime
    quarantined_at: datetime | None
    batch_certificate_number: str | None
    received: int
    available: int
    held: int
    sold: int
    written_off: int
    weight_g: int
    is_sample: bool
    households: HouseholdGroup
    """Who contributed how much; shown only through `kernel.disclosure`."""


_STATEMENT = text(f"""
    SELECT l.code, s.spec, s.code, p.code, p.name, p.name_en, p.state = 'listed', p.picture,
           p.category_code, p.storage_code, p.needs_batch_certificate,
           seller.code, seller.name,
           village.code, village.short_name,
           township.code, township.short_name, township.pinyin,
           district.short_name, district.pinyin,
           l.harvested_on, l.best_before, l.received_at, l.quarantined_at,
           l.batch_certificate_number, l.received, l.available, l.held, l.sold, l.written_off,
           l.weight_g, l.is_sample, {GROUP}
    FROM lots l
    JOIN skus s ON s.id = l.sku_id
    JOIN products p ON p.code = s.product_code
    JOIN organisations seller ON seller.code = l.seller_code
    JOIN regions district ON district.code = p.origin_district_code
    LEFT JOIN regions village ON village.code = coalesce(l.village_code, p.origin_village_code)
    LEFT JOIN regions township
        ON township.code = coalesce(village.parent_code, p.origin_township_code)
    {CONTRIBUTED}
    WHERE l.code = :code
""").bindparams(bindparam("code"))  # noqa: S608 -- constants


def get_trace(session: Session, code: str) -> TraceRow:
    """Return one lot, sold out or not; raises `LotNotFoundError`."""
    row = session.execute(_STATEMENT, {"code": code}).one_or_none()
    if row is None:
        raise LotNotFoundError(code)
    return fill(TraceRow, (*row[:-4], HouseholdGroup(*row[-4:])))
