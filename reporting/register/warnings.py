"""Warnings of falling prices as officials and cooperatives see them, and the event register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from catalog.models import Product
from households.models import (
    Household,
    LinkageContract,
    PriceWarning,
    PriceWarningHousehold,
    PriceWarningNote,
    RiskEvent,
    RiskEventContract,
    RiskEventVillage,
)
from households.values import EventKind, HouseholdId, PriceFall
from kernel.regions import Region
from kernel.rows import fill_all
from parties.models import Organisation
from reporting.register.links import in_scope

EVENTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class WarningNote:
    """What one side said it does about a warning."""

    side: str
    note: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class VillagePart:
    """A village a warning touches, with the number of its households."""

    village_code: str
    village_name: str
    households: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRow:
    """One warning with what of it lies in the reader's region."""

    id: int
    product_name: str
    product_name_en: str
    seller_code: str
    seller_name: str
    fall: PriceFall
    raised_at: datetime
    villages: Sequence[VillagePart]
    notes: Sequence[WarningNote]
    is_noted: bool
    """Whether the reader's own side has left its note."""


@dataclass(frozen=True, slots=True)
class TouchedRow:
    """A household with a live contract in the product of a warning."""

    id: HouseholdId
    village_code: str
    village_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event with the villages of the region and the contracts it touches."""

    id: int
    kind: EventKind
    happened_on: date
    note: str
    villages: Sequence[str]
    contracts: Sequence[str]


def list_warnings(session: Session, scope: str) -> Sequence[WarningRow]:
    """Return the warnings that touch households of a region, the newest first.

    Three statements; villages outside the region are not read.
    """
    touched = (
        select(PriceWarningHousehold.warning_id)
        .join(Household, Household.id == PriceWarningHousehold.household_id)
        .where(in_scope(scope))
    )
    heads = _heads(session, PriceWarning.id.in_(touched))
    parts: dict[int, list[VillagePart]] = {}
    for row in session.execute(
        select(PriceWarningHousehold.warning_id, Region.code, Region.name, func.count())
        .join(Household, Household.id == PriceWarningHousehold.household_id)
        .join(Region, Region.code == Household.village_code)
        .where(in_scope(scope), PriceWarningHousehold.warning_id.in_(list(heads)))
        .group_by(PriceWarningHousehold.warning_id, Region.code, Region.name)
        .order_by(Region.code)
    ):
        parts.setdefault(row[0], []).append(VillagePart(row[1], row[2], row[3]))
    notes = _notes(session, list(heads), scope=scope)
    return [_warning(head, parts, notes, own=scope) for head in heads.values()]


def list_seller_warnings(session: Session, seller_code: str) -> Sequence[WarningRow]:
    """Return the warnings about a seller's products; no village and no household is told."""
    heads = _heads(session, Product.seller_code == seller_code)
    notes = _notes(session, list(heads), organisation=seller_code)
    return [_warning(head, {}, notes, own=seller_code) for head in heads.values()]


def list_touched(session: Session, warning_id: int, scope: str) -> Sequence[TouchedRow]:
    """Return the households of a region that a warning touches."""
    return fill_all(
        TouchedRow,
        session.execute(
            select(Household.id, Household.village_code, Region.name)
            .join(PriceWarningHousehold, PriceWarningHousehold.household_id == Household.id)
            .join(Region, Region.code == Household.village_code)
            .where(PriceWarningHousehold.warning_id == warning_id, in_scope(scope))
            .order_by(Household.village_code, Household.id)
        ),
    )


def list_events(session: Session, scope: str) -> Sequence[EventRow]:
    """Return the latest events that touch a region; two statements."""
    names = func.array_agg(Region.name.distinct())
    heads = session.execute(
        select(RiskEvent.id, RiskEvent.kind, RiskEvent.happened_on, RiskEvent.note, names)
        .join(RiskEventVillage, RiskEventVillage.event_id == RiskEvent.id)
        .join(Region, Region.code == RiskEventVillage.village_code)
        .where(RiskEventVillage.village_code.startswith(scope, autoescape=True))
        .group_by(RiskEvent.id)
        .order_by(RiskEvent.happened_on.desc(), RiskEvent.id.desc())
        .limit(EVENTS_SHOWN)
    ).all()
    contracts: dict[int, list[str]] = {}
    for event_id, code in session.execute(
        select(RiskEventContract.event_id, LinkageContract.code)
        .join(LinkageContract, LinkageContract.id == RiskEventContract.contract_id)
        .outerjoin(Household, Household.id == LinkageContract.household_id)
        .where(
            RiskEventContract.event_id.in_([head[0] for head in heads]),
            or_(LinkageContract.household_id.is_(None), in_scope(scope)),
        )
        .order_by(LinkageContract.code)
    ):
        contracts.setdefault(event_id, []).append(code)
    return [
        EventRow(
            id=head[0],
            kind=head[1],
            happened_on=head[2],
            note=head[3],
            villages=head[4],
            contracts=contracts.get(head[0], []),
        )
        for head in heads
    ]


def _heads(session: Session, which: object) -> dict[int, dict[str, object]]:
    rows = session.execute(
        select(
            PriceWarning.id,
            Product.name.label("product_name"),
            Product.name_en.label("product_name_en"),
            Product.seller_code,
            Organisation.name.label("seller_name"),
            PriceWarning.product_code,
            PriceWarning.baseline_week,
            PriceWarning.baseline_minor,
            PriceWarning.latest_week,
            PriceWarning.latest_minor,
            PriceWarning.weeks,
            PriceWarning.raised_at,
        )
        .join(Product, Product.code == PriceWarning.product_code)
        .join(Organisation, Organisation.code == Product.seller_code)
        .where(which)  # type: ignore[arg-type]  # a condition of this module
        .order_by(PriceWarning.latest_week.desc(), PriceWarning.id.desc())
    ).mappings()
    return {row["id"]: dict(row) for row in rows}


Noted = dict[int, list[tuple[str, WarningNote]]]


def _notes(
    session: Session, ids: list[int], *, scope: str = "", organisation: str = ""
) -> Noted:
    """Return notes by warning: of a region's officials and sellers, or of one seller alone."""
    mine = (
        PriceWarningNote.organisation_code == organisation
        if organisation
        else or_(
            PriceWarningNote.organisation_code.is_not(None),
            PriceWarningNote.region_code.startswith(scope, autoescape=True),
        )
    )
    found: Noted = {}
    for row in session.execute(
        select(
            PriceWarningNote.warning_id,
            func.coalesce(PriceWarningNote.region_code, PriceWarningNote.organisation_code),
            func.coalesce(Region.name, Organisation.name),
            PriceWarningNote.note,
            PriceWarningNote.noted_at,
        )
        .outerjoin(Region, Region.code == PriceWarningNote.region_code)
        .outerjoin(Organisation, Organisation.code == PriceWarningNote.organisation_code)
        .where(PriceWarningNote.warning_id.in_(ids), mine)
        .order_by(PriceWarningNote.id)
    ):
        found.setdefault(row[0], []).append((row[1], WarningNote(row[2], row[3], row[4])))
    return found


def _warning(
    head: dict[str, object], parts: dict[int, list[VillagePart]], notes: Noted, *, own: str
) -> WarningRow:
    values = dict(head)
    fall = PriceFall(
        **{name: values.pop(name) for name in PriceFall.__dataclass_fields__}  # type: ignore[arg-type]  # columns of the same names
    )
    warning_id = int(str(values["id"]))
    noted = notes.get(warning_id, [])
    return WarningRow(
        **values,  # type: ignore[arg-type]  # columns of the same names
        fall=fall,
        villages=parts.get(warning_id, []),
        notes=[note for _, note in noted],
        is_noted=any(side == own for side, _ in noted),
    )
