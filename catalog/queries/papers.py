"""Reads of the register of certificates: lists, one paper, its twins, reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from catalog.errors.papers import PaperNotFoundError
from catalog.rules import papers as rules
from catalog.values.papers import LabResult, PaperState, Standing, TwinKind
from kernel import policy, vault
from kernel.clock import local_date
from kernel.rows import fill

PARAM_ALIKE = "certificate_alike_bits"
MOST = 200


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper, with what it is worth at the moment it was asked for."""

    id: int
    code: str
    type_code: str
    type_name: str
    type_name_en: str
    number: str
    holder: str
    issuer: str
    scope: str
    seller_code: str
    brand_code: str | None
    brand_name: str | None
    brand_name_en: str | None
    result: LabResult | None
    valid_from: date
    valid_to: date | None
    state: PaperState
    document_id: int | None
    submitted_at: datetime
    submitted_by: int | None
    reviewed_at: datetime | None
    is_sample: bool
    goods: tuple[tuple[str, str, str, bool], ...]
    """(code, name, English name, whether it is a lot), at most as many as a page shows."""
    standing: Standing
    days_left: int | None
    """Whole days until its last one; empty for what is unlimited or over."""


@dataclass(frozen=True, slots=True)
class PaperStep:
    """One step of a paper."""

    state: PaperState
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Twin:
    """A paper whose scan resembles this one's."""

    code: str
    number: str
    holder: str
    type_name: str
    type_name_en: str
    kind: TwinKind


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A type of papers one may hand in."""

    code: str
    name: str
    name_en: str
    is_per_lot: bool


@dataclass(frozen=True, slots=True)
class BrandRow:
    """A brand goods may carry."""

    code: str
    name: str
    name_en: str
    is_regional: bool


_ROWS = """
    SELECT paper.id, paper.code, paper.type_code, kind.name, kind.name_en, paper.number,
        paper.holder, paper.issuer, paper.scope, paper.seller_code, paper.brand_code,
        brand.name, brand.name_en, paper.result, paper.valid_from, paper.valid_to, paper.state,
        paper.document_id, paper.submitted_at, paper.submitted_by, paper.reviewed_at,
        paper.is_sample,
        coalesce((
            SELECT json_agg(json_build_array(code, name, name_en, is_lot) ORDER BY is_lot, code)
            FROM (
                SELECT coalesce(l.code, p.code) AS code, p.name, p.name_en,
                    about.lot_id IS NOT NULL AS is_lot
                FROM paper_subjects about
                LEFT JOIN lots l ON l.id = about.lot_id
                LEFT JOIN skus s ON s.id = l.sku_id
                JOIN products p ON p.code = coalesce(about.product_code, s.product_code)
                WHERE about.paper_id = paper.id ORDER BY 1 LIMIT 50
            ) AS subject
        ), '[]')
    FROM certificate_papers paper
    JOIN certificate_types kind ON kind.code = paper.type_code
    LEFT JOIN brands brand ON brand.code = paper.brand_code
"""

_ONE = text(_ROWS + " WHERE paper.code = :code")
_OF_SELLER = text(f"""{_ROWS}
    WHERE paper.seller_code = :seller
        AND (kind.is_per_lot IS FALSE OR paper.state <> 'accepted' OR paper.result IS NOT NULL)
    ORDER BY (paper.state IN ('refused', 'revoked')), paper.valid_to NULLS LAST, paper.id DESC
    LIMIT :most
""")
_QUEUE = text(f"""{_ROWS}
    WHERE paper.state = ANY (:states) AND NOT (
        paper.state = 'accepted' AND (kind.is_per_lot OR paper.submitted_by IS NULL))
    ORDER BY paper.id LIMIT :most
""").bindparams(bindparam("states", type_=ARRAY(TEXT)))
_OF_PRODUCT = text(f"""{_ROWS}
    WHERE paper.state IN ('accepted', 'suspended', 'revoked') AND paper.id IN (
        SELECT about.paper_id FROM paper_subjects about WHERE about.product_code = :product)
    ORDER BY paper.valid_to DESC NULLS FIRST, paper.id DESC LIMIT :most
""")  # noqa: S608 -- assembled from constants
_ENDING = text(f"""{_ROWS}
    WHERE paper.seller_code = :seller AND paper.id IN (
        SELECT told.paper_id FROM paper_reminders told)
      AND paper.state = 'accepted' AND paper.valid_to >= :today
    ORDER BY paper.valid_to, paper.id LIMIT :most
""")  # noqa: S608 -- assembled from constants
_BY_ID = text(_ROWS + " WHERE paper.id = :id")

_TWINS = text("""
    SELECT other.code, other.number, other.holder, kind.name, kind.name_en,
        CASE WHEN file.digest = mine.digest THEN 'same' ELSE 'alike' END
    FROM certificate_papers paper
    JOIN documents mine ON mine.id = paper.document_id
    JOIN documents file ON file.id <> mine.id AND (
        file.digest = mine.digest OR EXISTS (
            SELECT FROM unnest(:looks) AS like_mine (look)
            WHERE bit_count(file.look # like_mine.look::bit(1024)) <= :bits))
    JOIN certificate_papers other ON other.document_id = file.id
    JOIN certificate_types kind ON kind.code = other.type_code
    WHERE paper.id = :id
    ORDER BY (file.digest = mine.digest) DESC, other.id LIMIT 20
""").bindparams(bindparam("looks", type_=ARRAY(TEXT)))


def get_paper(session: Session, code: str, *, at: datetime) -> PaperRow:
    """Return one paper by its public code; raises `PaperNotFoundError`."""
    row = session.execute(_ONE, {"code": code}).one_or_none()
    if row is None:
        raise PaperNotFoundError
    return _paper(row, at)


def get_own_paper(session: Session, code: str, seller_code: str, *, at: datetime) -> PaperRow:
    """Return one of a seller's papers; another's is as unknown."""
    paper = get_paper(session, code, at=at)
    if paper.seller_code != seller_code:
        raise PaperNotFoundError
    return paper


def list_own_papers(session: Session, seller_code: str, *, at: datetime) -> list[PaperRow]:
    """Return a seller's papers, the soonest to end first; pledges of single lots are left out.

    Those stand with their lots; there is one for each.
    """
    rows = session.execute(_OF_SELLER, {"seller": seller_code, "most": MOST})
    return [_paper(row, at) for row in rows]


def list_queue(
    session: Session, states: Sequence[PaperState], *, at: datetime
) -> list[PaperRow]:
    """Return papers in some states, the oldest first."""
    asked = {"states": [state.value for state in states], "most": MOST}
    return [_paper(row, at) for row in session.execute(_QUEUE, asked)]


def list_of_product(session: Session, product_code: str, *, at: datetime) -> list[PaperRow]:
    """Return the reviewed papers of a product, those that hold the longest first."""
    rows = session.execute(_OF_PRODUCT, {"product": product_code, "most": MOST})
    return [_paper(row, at) for row in rows]


def list_ending(session: Session, seller_code: str, *, at: datetime) -> list[PaperRow]:
    """Return a seller's papers of whose end it was reminded and that have not ended yet."""
    asked = {"seller": seller_code, "today": local_date(at), "most": MOST}
    return [_paper(row, at) for row in session.execute(_ENDING, asked)]


def find_paper(session: Session, paper_id: int, *, at: datetime) -> PaperRow | None:
    """Return one paper by its number, or None."""
    row = session.execute(_BY_ID, {"id": paper_id}).one_or_none()
    return None if row is None else _paper(row, at)


def list_steps(session: Session, paper_id: int) -> list[PaperStep]:
    """Return what became of a paper, step by step."""
    rows = session.execute(
        text("SELECT state, at, note FROM paper_events WHERE paper_id = :id ORDER BY id"),
        {"id": paper_id},
    )
    return [PaperStep(PaperState(row.state), row.at, row.note) for row in rows]


def list_twins(
    session: Session, paper_id: int, looks: Sequence[str], *, at: datetime
) -> list[Twin]:
    """Return papers whose scan is the same file, or the same picture saved again.

    `looks` are those the paper's scan may have, with more or less of a margin.
    """
    bits = policy.get_int(session, PARAM_ALIKE, on=local_date(at))
    rows = session.execute(_TWINS, {"id": paper_id, "bits": bits, "looks": list(looks)})
    return [fill(Twin, (*row[:5], TwinKind(row[5]))) for row in rows]


def list_sources(session: Session, paper_id: int) -> list[tuple[str, str]]:
    """Return code and number of the papers a mixed lot's paper points at."""
    rows = session.execute(
        text(
            "SELECT other.code, other.number FROM paper_sources link"
            " JOIN certificate_papers other ON other.id = link.source_id"
            " WHERE link.paper_id = :id ORDER BY other.id"
        ),
        {"id": paper_id},
    )
    return [(row.code, row.number) for row in rows]


def list_types(session: Session) -> list[TypeRow]:
    """Return the types of papers a seller may hand in; a recognition is applied for."""
    rows = session.execute(
        text(
            "SELECT code, name, name_en, is_per_lot FROM certificate_types"
            " WHERE code <> 'RECOGNITION' ORDER BY is_per_lot, code"
        )
    )
    return [TypeRow(*row) for row in rows]


def list_brands(session: Session) -> list[BrandRow]:
    """Return the register of brands."""
    rows = session.execute(
        text("SELECT code, name, name_en, is_regional FROM brands ORDER BY sort_order, code")
    )
    return [BrandRow(*row) for row in rows]


def open_document(session: Session, document_id: int) -> tuple[bytes, str]:
    """Return a file with its media type; the caller has checked who asks."""
    row = session.execute(
        text("SELECT sealed, media_type FROM documents WHERE id = :id"), {"id": document_id}
    ).one()
    return vault.open_bytes(bytes(row.sealed)), row.media_type


def _paper(row: Any, at: datetime) -> PaperRow:
    *facts, goods = row
    result = None if facts[13] is None else LabResult(facts[13])
    state, begins, ends = PaperState(facts[16]), facts[14], facts[15]
    left = None if ends is None else (ends - local_date(at)).days
    told = (
        *facts[:13],
        result,
        begins,
        ends,
        state,
        *facts[17:],
        tuple((code, name, name_en, is_lot) for code, name, name_en, is_lot in goods),
        rules.standing(state, result, begins, ends, at=at),
        left if left is not None and left >= 0 else None,
    )
    return fill(PaperRow, told)
