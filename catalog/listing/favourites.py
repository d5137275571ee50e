"""Goods somebody keeps in mind, the last kept first, on sale or not."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.rows import fill_all

_KEPT = text("""
    SELECT p.code, p.name, p.name_en
    FROM favourites kept JOIN products p ON p.code = kept.product_code
    WHERE kept.person_id = :person
    ORDER BY kept.since DESC, p.code LIMIT 100
""")


@dataclass(frozen=True, slots=True)
class FavouriteRow:
    """One product kept in mind."""

    code: str
    name: str
    name_en: str


def list_favourites(session: Session, person_id: int) -> list[FavouriteRow]:
    """Return what a person keeps in mind."""
    return fill_all(FavouriteRow, session.execute(_KEPT, {"person": person_id}))
