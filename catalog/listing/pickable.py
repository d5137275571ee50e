"""What an operator may name in an event or a block: codes with what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from kernel.orm import UtcDateTime

MOST = 500
"""So many of a kind are offered, the newest goods first; any other code can be typed."""


@dataclass(frozen=True, slots=True)
class Pick:
    """One code with its names."""

    code: str
    name: str
    name_en: str


_STATEMENT = text("""
    (SELECT 'products', p.code, p.name, p.name_en FROM products p WHERE p.state = 'listed'
     ORDER BY p.listed_at DESC NULLS LAST, p.code LIMIT :most)
    UNION ALL
    (SELECT 'campaigns', c.code, c.name, c.name_en FROM campaigns c
     WHERE c.ends_at > :at AND c.stopped_at IS NULL ORDER BY c.starts_at, c.code LIMIT :most)
    UNION ALL
    (SELECT 'villages', r.code, concat(parent.short_name, ' ', r.short_name), r.pinyin
     FROM regions r JOIN regions parent ON parent.code = r.parent_code
     WHERE r.level IN ('township', 'village') AND EXISTS (
         SELECT FROM products p WHERE p.state = 'listed'
           AND r.code IN (p.origin_village_code, p.origin_township_code)
     ) ORDER BY r.code LIMIT :most)
""").bindparams(bindparam("at", type_=UtcDateTime), bindparam("most"))


def list_pickable(session: Session, *, at: datetime) -> Mapping[str, list[Pick]]:
    """Return goods, campaigns and places that may be named; one statement."""
    found: dict[str, list[Pick]] = {"products": [], "campaigns": [], "villages": []}
    for kind, *named in session.execute(_STATEMENT, {"at": at, "most": MOST}):
        found[kind].append(Pick(*named))
    return found
