"""Reads of events and blocks: what buyers see at a moment, and everything that was written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ARRAY, String, bindparam, select, text
from sqlalchemy.orm import Session

from catalog.errors import PieceNotFoundError, ProductNotFoundError
from catalog.models import (
    Campaign,
    EditorialStep,
    Piece,
    Product,
    ProductPhoto,
    Revision,
)
from catalog.rules import editorial as rules
from catalog.values.editorial import Phase, PieceKind, PiecePlan, PieceStep
from kernel.orm import UtcDateTime

_LIVE = """
    SELECT p.code, p.kind, p.is_sample, r.number, r.plan
    FROM editorial_pieces p
    JOIN LATERAL (
        SELECT s.revision_id FROM editorial_steps s
        WHERE s.piece_code = p.code ORDER BY s.id DESC LIMIT 1
    ) shown ON true
    JOIN editorial_revisions r ON r.id = shown.revision_id
"""
_RUNNING = text(f"""{_LIVE}
    WHERE coalesce(r.starts_at <= :at, true) AND coalesce(r.ends_at > :at, true)
      AND (p.kind = 'event' OR r.place_code IS NULL)
    ORDER BY r.position, p.code
""").bindparams(bindparam("at", type_=UtcDateTime))
_PAGE = text(f"""{_LIVE}
    WHERE (p.code = :code AND p.kind = 'event') OR r.place_code = :code
    ORDER BY r.position, p.code
""")
_EVENTS = text(f"""{_LIVE}
    WHERE p.kind = 'event' ORDER BY r.starts_at DESC, p.code LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class LivePiece:
    """A piece as it was published last."""

    code: str
    kind: PieceKind
    is_sample: bool
    number: int
    plan: PiecePlan

    def phase(self, at: datetime) -> Phase:
        """Say where it stands at a moment."""
        return rules.phase(self.plan, at=at)


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One revision, and whether buyers are shown it."""

    number: int
    plan: PiecePlan
    actor: str
    at: datetime
    is_shown: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """One publishing or withdrawal, with the number of the revision."""

    step: PieceStep
    number: int | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A piece with all its revisions and steps, the newest first."""

    code: str
    kind: PieceKind
    is_sample: bool
    revisions: tuple[RevisionRow, ...]
    steps: tuple[StepRow, ...]

    @property
    def head(self) -> RevisionRow:
        """Return what was written last."""
        return self.revisions[0]

    @property
    def shown(self) -> RevisionRow | None:
        """Return what buyers are shown once its time has come; nothing for a draft."""
        return next((one for one in self.revisions if one.is_shown), None)

    def phase(self, at: datetime) -> Phase:
        """Say where it stands at a moment."""
        return Phase.DRAFT if self.shown is None else rules.phase(self.shown.plan, at=at)

    def revision(self, number: int) -> RevisionRow:
        """Return one revision; raises `PieceNotFoundError`."""
        for one in self.revisions:
            if one.number == number:
                return one
        raise PieceNotFoundError(self.code)


def read_plan(kept: Any) -> PiecePlan:
    """Read a plan as it is kept."""
    return msgspec.convert(dict(kept), PiecePlan)


def list_running(session: Session, *, at: datetime) -> list[LivePiece]:
    """Return the events of a moment and the blocks of the first page, in their order."""
    return [_live(row) for row in session.execute(_RUNNING, {"at": at})]


def list_page(session: Session, code: str) -> tuple[LivePiece | None, list[LivePiece]]:
    """Return an event as it was published last, and the blocks on its page at any time."""
    rows = [_live(row) for row in session.execute(_PAGE, {"code": code})]
    event = next((one for one in rows if one.code == code), None)
    return event, [one for one in rows if one.code != code]


def list_events(session: Session, *, most: int) -> list[LivePiece]:
    """Return the events that were published, the latest to begin first."""
    return [_live(row) for row in session.execute(_EVENTS, {"most": most})]


def list_pieces(session: Session, kinds: Collection[PieceKind]) -> list[PieceRow]:
    """Return pieces of some kinds with their history, the last written first."""
    codes = session.scalars(select(Piece.code).where(Piece.kind.in_(kinds))).all()
    found = _read(session, codes)
    return sorted(found, key=lambda one: (one.head.at, one.code), reverse=True)


def get_piece(session: Session, code: str, kinds: Collection[PieceKind]) -> PieceRow:
    """Return one piece of some kinds; raises `PieceNotFoundError`."""
    found = _read(session, [code])
    if not found or found[0].kind not in kinds:
        raise PieceNotFoundError(code)
    return found[0]


def find_unknown(session: Session, plan: PiecePlan) -> list[rules.Fault]:
    """Return what a plan names that there is not, or not as it would need to be."""
    found = _unknown(session, "sections", _PRODUCTS, plan.products)
    found += _unknown(session, "villages", _PLACES, plan.villages)
    if plan.place:
        kind = session.scalar(select(Piece.kind).where(Piece.code == plan.place))
        if kind is not PieceKind.EVENT:
            found.append(rules.Fault("place", "unknown", plan.place))
    if plan.picture and not _is_picture(session, plan.picture):
        found.append(rules.Fault("picture", "unknown"))
    periods = {
        row.code: row
        for row in session.execute(
            select(Campaign.code, Campaign.starts_at, Campaign.ends_at).where(
                Campaign.code.in_(plan.campaigns)
            )
        )
    }
    for code in plan.campaigns:
        row = periods.get(code)
        if row is None:
            found.append(rules.Fault("campaigns", "unknown", code))
        elif not rules.holds_campaign(plan, row.starts_at, row.ends_at):
            found.append(rules.Fault("campaigns", "outside", code))
    return found


_PRODUCTS = text("SELECT code FROM products WHERE code = ANY(:codes)").bindparams(
    bindparam("codes", type_=ARRAY(String))
)
_PLACES = text(
    "SELECT code FROM regions WHERE code = ANY(:codes) AND level IN ('township', 'village')"
).bindparams(bindparam("codes", type_=ARRAY(String)))


def _unknown(
    session: Session, field: str, statement: Any, codes: Sequence[str]
) -> list[rules.Fault]:
    if not codes:
        return []
    known = set(session.scalars(statement, {"codes": list(codes)}))
    return [rules.Fault(field, "unknown", code) for code in codes if code not in known]


def _is_picture(session: Session, stem: str) -> bool:
    sent = select(ProductPhoto.stem).where(ProductPhoto.stem == stem)
    of_goods = select(Product.picture).where(Product.picture == stem).limit(1)
    return session.scalar(sent.union(of_goods)) is not None


def _live(row: Any) -> LivePiece:
    return LivePiece(row[0], PieceKind(row[1]), row[2], row[3], read_plan(row[4]))


def _read(session: Session, codes: Sequence[str]) -> list[PieceRow]:
    pieces = session.execute(
        select(Piece.code, Piece.kind, Piece.is_sample).where(Piece.code.in_(codes))
    ).all()
    written = session.execute(
        select(Revision).where(Revision.piece_code.in_(codes)).order_by(Revision.number.desc())
    ).scalars()
    revisions = list(written)
    steps = session.scalars(
        select(EditorialStep)
        .where(EditorialStep.piece_code.in_(codes))
        .order_by(EditorialStep.id.desc())
    ).all()
    numbers = {one.id: one.number for one in revisions}
    shown: dict[str, int | None] = {}
    for step in steps:
        shown.setdefault(step.piece_code, step.revision_id)
    return [
        PieceRow(
            code,
            kind,
            is_sample,
            tuple(
                RevisionRow(
                    one.number,
                    read_plan(one.plan),
                    one.actor,
                    one.at,
                    shown.get(code) == one.id,
                )
                for one in revisions
                if one.piece_code == code
            ),
            tuple(
                StepRow(one.step, numbers.get(one.revision_id or 0), one.actor, one.at)
                for one in steps
                if one.piece_code == code
            ),
        )
        for code, kind, is_sample in pieces
    ]


def _revision(row: Revision, shown: int | None) -> RevisionRow:
    return RevisionRow(row.number, read_plan(row.plan), row.actor, row.at, shown == row.id)


def find_picture(session: Session, product_code: str) -> str:
    """Return the picture of a product; raises `ProductNotFoundError`."""
    found = session.scalar(select(Product.picture).where(Product.code == product_code))
    if found is None:
        raise ProductNotFoundError(product_code)
    return found
