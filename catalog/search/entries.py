"""From the catalogue to what engines keep: what is known of each product on sale, by its words.

A digest tells whether anything of it changed; the next moment at which the clock alone will
change something stands beside it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ARRAY, String, bindparam, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.transit import limit_hours
from catalog.search.analysis import Analyser
from catalog.search.documents import Document, read_documents, title_of, weight_token
from catalog.search.port import Entry, Facet, Traits

SOLD_DAYS = 90


@dataclass(frozen=True, slots=True)
class Goods:
    """One product on sale before its words are cut into tokens."""

    document: Document
    traits: Traits
    due_at: datetime | None
    """The next moment at which the clock alone changes something about it."""

    @property
    def digest(self) -> str:
        """Return what tells this state of the product from every other."""
        told = msgspec.json.encode((self.document, self.traits))
        return hashlib.sha256(told).hexdigest()


# Midnight in Shanghai at the beginning of a day.
_MIDNIGHT = "((({day})::date)::timestamp AT TIME ZONE 'Asia/Shanghai')"
_NEXT_MONTH = "date_trunc('month', CAST(:today AS date)) + interval '1 month'"
_LATER = "WHERE later.at > :at"


def _after(day: str) -> str:
    return _MIDNIGHT.format(day=f"{day} + 1")


_DUE = f"""(
    SELECT min(later.at) FROM (
        SELECT {_MIDNIGHT.format(day=_NEXT_MONTH)}
        UNION ALL
        SELECT {_MIDNIGHT.format(day="c.valid_from")} FROM certificates c
        WHERE c.product_code = p.code
        UNION ALL
        SELECT {_after("c.valid_to")} FROM certificates c WHERE c.product_code = p.code
        UNION ALL
        SELECT {_MIDNIGHT.format(day="p.recognition_from")}
        UNION ALL
        SELECT {_after("p.recognition_to")}
        UNION ALL
        SELECT moment.at FROM region_marks m
        CROSS JOIN LATERAL (
            VALUES ({_MIDNIGHT.format(day="m.valid_from")}), ({_after("m.valid_to")})
        ) AS moment (at)
        WHERE m.region_code = p.origin_district_code
        UNION ALL
        SELECT moment.at FROM skus s JOIN lots l ON l.sku_id = s.id
        LEFT JOIN certificates c ON c.lot_id = l.id
        CROSS JOIN LATERAL (
            VALUES (l.received_at), ({_after("l.best_before")}),
                   ({_MIDNIGHT.format(day="c.valid_from")}), ({_after("c.valid_to")})
        ) AS moment (at)
        WHERE s.product_code = p.code AND l.available > 0
        UNION ALL
        SELECT moment.at FROM skus s JOIN campaign_skus cs ON cs.sku_id = s.id
        JOIN campaigns c ON c.code = cs.campaign_code
        CROSS JOIN LATERAL (VALUES (c.starts_at), (c.ends_at)) AS moment (at)
        WHERE s.product_code = p.code AND c.stopped_at IS NULL
        UNION ALL
        SELECT moment.at FROM skus s JOIN presales w ON w.sku_id = s.id
        CROSS JOIN LATERAL (VALUES (w.opens_at), (w.closes_at)) AS moment (at)
        WHERE s.product_code = p.code AND w.stopped_at IS NULL
        UNION ALL
        SELECT moment.at FROM transit_limits lim
        CROSS JOIN LATERAL (
            VALUES ({_MIDNIGHT.format(day="lim.valid_from")}), ({_after("lim.valid_to")})
        ) AS moment (at)
        WHERE lim.product_code = p.code OR lim.storage_code = p.storage_code
    ) AS later (at) {_LATER}
)"""  # noqa: S608 -- assembled from constants

_SQL = f"""
    WITH sold AS (
        SELECT s.product_code AS code, -sum(m.quantity) AS packs
        FROM stock_movements m JOIN lots l ON l.id = m.lot_id JOIN skus s ON s.id = l.sku_id
        WHERE m.kind = 'sold' AND m.at > CAST(:at AS timestamptz) - interval '{SOLD_DAYS} days'
          AND (:codes IS NULL OR s.product_code = ANY(:codes))
        GROUP BY 1
    ), shelf AS (
        SELECT p.code, sum(l.available) AS packs, min(l.best_before) AS best_before
        FROM products p JOIN skus s ON s.product_code = p.code JOIN lots l ON l.sku_id = s.id
        WHERE s.is_on_sale AND {filters.SELLABLE_LOT}
          AND (:codes IS NULL OR p.code = ANY(:codes))
        GROUP BY 1
    )
    SELECT p.code, p.category_code, {filters.PLACE_CODE}, p.origin_village_code,
           p.storage_code, {filters.CERTIFICATES}, p.seller_code, {filters.KINDS} AS kinds,
           {filters.BRANDS} AS brands, {filters.MARKS} AS marks, {filters.TAGS} AS tags,
           {filters.CHEAPEST} AS price_minor,
           coalesce((extract(epoch FROM p.listed_at) * 1000000)::bigint, 0) AS listed_us,
           {filters.IN_STOCK} AS is_in_stock, {filters.ON_PRESALE} AS is_on_presale,
           storage.needs_cold_chain AS is_cold, p.is_year_round,
           p.season_months, p.recognition_status, p.recognition_from, p.recognition_to,
           {limit_hours()} AS limit_hours, abs(coalesce(sold.packs, 0))::int AS sold_packs,
           coalesce(shelf.packs, 0)::int AS stock_packs, shelf.best_before,
           {_DUE} AS due_at
    FROM products p
    JOIN storage_classes storage ON storage.code = p.storage_code
    LEFT JOIN sold ON sold.code = p.code
    LEFT JOIN shelf ON shelf.code = p.code
    WHERE {filters.ON_SALE} AND (:codes IS NULL OR p.code = ANY(:codes))
"""  # noqa: S608 -- assembled from constants
_TRAITS = text(_SQL).bindparams(
    *(bind for bind in filters.BINDS if bind.key in {"at", "today", "person_id"}),
    bindparam("codes", type_=ARRAY(String)),
)

FOREVER = 3_652_059
"""The last day number there is."""


def read_goods(
    session: Session, *, at: datetime, codes: Sequence[str] | None = None
) -> list[Goods]:
    """Read everything on sale, or what of these codes is on sale; two statements."""
    documents = {
        document.code: document for document in read_documents(session, at=at, codes=codes)
    }
    rows = session.execute(
        _TRAITS,
        {
            **filters.moment(at),
            "person_id": None,
            "codes": None if codes is None else list(codes),
        },
    )
    return [
        Goods(documents[row.code], _traits(row), row.due_at)
        for row in rows
        if row.code in documents
    ]


def entry_of(goods: Goods, analyser: Analyser) -> Entry:
    """Return a product as engines keep it."""
    return Entry(
        code=goods.document.code,
        title=title_of(goods.document),
        tokens=tuple(tokens_of(goods.document, analyser)),
        traits=goods.traits,
    )


def tokens_of(document: Document, analyser: Analyser) -> Iterable[str]:
    """Return the tokens of a product; what it is called counts twice."""
    names = [token for name in document.names for token in analyser.title_tokens(name)]
    places = [token for place in document.places for token in analyser.text_tokens(place)]
    prose = [token for piece in document.prose for token in analyser.text_tokens(piece)]
    return [*names, *names, *places, *prose, *map(weight_token, document.grams)]


def _traits(row: Any) -> Traits:
    """Any: one row of the statement above."""
    _, category, place, village, storage, certificates, seller, *_ = row
    keywords = {
        Facet.CATEGORY: (category,),
        Facet.KIND: tuple(row.kinds),
        Facet.PLACE: (place,),
        Facet.VILLAGE: (village,) if village else (),
        Facet.STORAGE: (storage,),
        Facet.CERTIFICATE: tuple(certificates),
        Facet.BRAND: tuple(row.brands),
        Facet.SELLER: (seller,),
        Facet.TAG: tuple(sorted(row.tags)),
        Facet.MARK: tuple(row.marks),
    }
    begins, ends = _recognised(row)
    return Traits(
        keywords={facet: values for facet, values in keywords.items() if values},
        price_minor=row.price_minor,
        listed_us=row.listed_us,
        is_in_stock=row.is_in_stock,
        is_on_presale=row.is_on_presale,
        is_cold=row.is_cold,
        is_year_round=row.is_year_round,
        season=sum(1 << (month - 1) for month in set(row.season_months)),
        recognised_from=begins,
        recognised_to=ends,
        limit_hours=row.limit_hours,
        sold_packs=row.sold_packs,
        stock_packs=row.stock_packs,
        best_before=row.best_before and row.best_before.toordinal(),
    )


def _recognised(row: Any) -> tuple[int, int]:
    """Return between which days the recognition is valid. Any: one row of the statement."""
    if row.recognition_status != "approved":
        return 0, 0
    begins = row.recognition_from.toordinal() if row.recognition_from else 1
    return begins, row.recognition_to.toordinal() if row.recognition_to else FOREVER
