"""What the addresses of the GS1 system on goods lead to, and which address goods have."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import queries as cold_chain
from cold_chain.epcis.telling import lot_text
from cold_chain.values.epcis import KeyKind

MAX_ID = 18
"""Digits of a lot's number."""

_PRODUCT = text("SELECT product_code FROM skus WHERE code = :sku")

_LOT = text(
    """
SELECT l.code FROM lots AS l JOIN skus AS k ON k.id = l.sku_id
WHERE k.code = :sku AND (l.code = :called OR l.id = :number)
ORDER BY l.code = :called DESC LIMIT 1
"""
)

_NAMED = text(
    "SELECT k.code, l.id FROM lots AS l JOIN skus AS k ON k.id = l.sku_id WHERE l.code = :lot"
)

_IN_PARCEL = text(
    """
SELECT DISTINCT l.code FROM parcels AS p
JOIN shipments AS s ON s.id = p.shipment_id
JOIN order_lines AS line
  ON line.order_number = s.order_number AND line.parcel_number = s.parcel_group
JOIN lot_allocations AS a ON a.order_line_id = line.id
JOIN lots AS l ON l.id = a.lot_id
WHERE p.code = :parcel ORDER BY l.code
"""
)


def find_product(session: Session, gtin: str) -> str | None:
    """Return the code of the product a GTIN names."""
    sku = _subject(session, KeyKind.GTIN, gtin)
    return None if sku is None else session.scalar(_PRODUCT, {"sku": sku})


def find_lot(session: Session, gtin: str, called: str) -> str | None:
    """Return the code of the lot a GTIN and what stands beside it name."""
    sku = _subject(session, KeyKind.GTIN, gtin)
    if sku is None:
        return None
    digits = called[1:]
    is_number = called[:1] == "L" and digits.isascii() and digits.isdigit()
    number = int(digits) if is_number and len(digits) <= MAX_ID else -1
    found: str | None = session.scalar(_LOT, {"sku": sku, "called": called, "number": number})
    return found


def list_parcel_lots(session: Session, sscc: str) -> list[str]:
    """Return the lots packs of which are in a parcel; whose parcel it is is not told."""
    parcel = _subject(session, KeyKind.SSCC, sscc)
    return [] if parcel is None else list(session.scalars(_IN_PARCEL, {"parcel": parcel}))


def find_names(session: Session, lot: str) -> tuple[str, str] | None:
    """Return GTIN and lot code under which everybody knows a lot; None while it has none."""
    row = session.execute(_NAMED, {"lot": lot}).one_or_none()
    if row is None:
        return None
    gtin = cold_chain.find_number(session, KeyKind.GTIN, f"sku:{row.code}")
    return None if gtin is None else (gtin, lot_text(lot, row.id))


def _subject(session: Session, kind: KeyKind, number: str) -> str | None:
    found = cold_chain.find_subject(session, kind, number)
    return None if found is None else found.partition(":")[2]
