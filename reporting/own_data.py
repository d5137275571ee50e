"""Everything the shop keeps about one person or household, for themselves to read and carry."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog.models import Favourite, Lot, LotContribution, Review, ReviewPhoto
from households import service as households
from households.models import (
    ContractAdvance,
    CooperativeMembership,
    Entitlement,
    Household,
    HouseholdBaseline,
    HouseholdCategoryPeriod,
    IdentityLook,
    LinkageContract,
    MembershipMove,
    MonitoringStatus,
)
from households.values import HouseholdId
from orders.models import Order, OrderGroup, OrderLine, SavedAddress
from parties.models import Consent, Membership, Person, SubjectRequest
from parties.values import Subject
from payments.models import InvoiceTitle
from payments.models.titles import read_details

Statement = Select[*tuple[Any, ...]]

Section = Sequence[Mapping[str, Any]]
"""Rows of one kind; amounts in fen, moments aware, codes as they are kept."""


def of_person(session: Session, person_id: int) -> dict[str, Section]:
    """Return what is kept about a person with an account, section by section."""
    subject = Subject(person_id=person_id)
    return {
        "account": _rows(
            session,
            select(
                Person.login,
                Person.display_name,
                Person.locale,
                Person.household_id,
                Person.registered_at,
            ).where(Person.id == person_id),
        ),
        "roles": _rows(
            session,
            select(
                Membership.role,
                Membership.organisation_code,
                Membership.region_code,
                Membership.valid_from,
                Membership.valid_to,
            ).where(Membership.person_id == person_id),
        ),
        "addresses": _addresses(session, person_id),
        "invoice_titles": _titles(session, person_id),
        "orders": _orders(session, person_id),
        "order_lines": _rows(session, _lines(person_id)),
        "reviews": _rows(session, _reviews(person_id)),
        "favourites": _rows(
            session,
            select(Favourite.product_code, Favourite.since)
            .where(Favourite.person_id == person_id)
            .order_by(Favourite.since),
        ),
        **_decisions(session, subject),
    }


def of_household(session: Session, household_id: HouseholdId) -> dict[str, Section]:
    """Return what is kept about a household, section by section; for the household alone."""
    identity = households.open_own_identity(session, household_id)
    return {
        "identity": [] if identity is None else [msgspec.to_builtins(identity)],
        **{
            name: _rows(session, statement)
            for name, statement in _register(household_id).items()
        },
        "entitlements": _rows(
            session,
            select(
                Entitlement.id,
                Entitlement.stage,
                Entitlement.amount_minor,
                Entitlement.reversed_minor,
                Entitlement.expected_at,
                Entitlement.earned_at,
                Entitlement.reversed_at,
            )
            .where(Entitlement.household_id == household_id)
            .order_by(Entitlement.id),
        ),
        "advances": _rows(
            session,
            select(
                LinkageContract.code,
                ContractAdvance.move,
                ContractAdvance.minor,
                ContractAdvance.reason,
                ContractAdvance.at,
            )
            .join(LinkageContract, LinkageContract.id == ContractAdvance.contract_id)
            .where(LinkageContract.household_id == household_id)
            .order_by(LinkageContract.code, ContractAdvance.number),
        ),
        "looks": _rows(
            session,
            select(
                IdentityLook.at,
                IdentityLook.looker_kind,
                IdentityLook.office,
                IdentityLook.purpose,
                IdentityLook.fields,
            )
            .where(IdentityLook.household_id == household_id)
            .order_by(IdentityLook.id),
        ),
        **_decisions(session, Subject(household_id=household_id)),
    }


def _reviews(person_id: int) -> Statement:
    """Return what the person said of goods, hidden or not."""
    photos = select(func.count()).where(ReviewPhoto.review_id == Review.id).scalar_subquery()
    return (
        select(
            Review.id,
            Review.order_line_id,
            Review.product_code,
            Review.shown_as,
            Review.rating,
            Review.words,
            photos.label("photos"),
            Review.state,
            Review.hidden_reason,
            Review.written_at,
            Review.changed_at,
            Review.answer,
            Review.answered_at,
        )
        .where(Review.person_id == person_id)
        .order_by(Review.id)
    )


def _register(household_id: HouseholdId) -> dict[str, Statement]:
    """Return the statements of the register by section."""
    period, baseline = HouseholdCategoryPeriod, HouseholdBaseline
    member, risk, move = CooperativeMembership, MonitoringStatus, MembershipMove
    statements: dict[str, Statement] = {
        "household": select(*Household.__table__.columns).where(Household.id == household_id),
        "categories": select(
            period.category, period.valid_from, period.valid_to, period.basis
        ).where(period.household_id == household_id),
        "baselines": select(*baseline.__table__.columns).where(
            baseline.household_id == household_id
        ),
        "monitoring": select(
            risk.risk_type, risk.recognised_on, risk.risk_status, risk.eliminated_on
        ).where(risk.household_id == household_id),
        "memberships": select(
            member.organisation_code, member.valid_from, member.valid_to
        ).where(member.household_id == household_id),
        "membership_moves": select(
            move.kind,
            move.state,
            move.organisation_code,
            move.day,
            move.proposed_at,
            move.closed_at,
            move.answered_as,
        )
        .where(move.household_id == household_id)
        .order_by(move.id),
        "deliveries": select(
            Lot.code, Lot.received_at, LotContribution.weight_g, LotContribution.grade_percent
        )
        .join(Lot, Lot.id == LotContribution.lot_id)
        .where(LotContribution.household_id == household_id)
        .order_by(Lot.id),
    }
    return statements


def _addresses(session: Session, person_id: int) -> Section:
    rows = _rows(
        session,
        select(SavedAddress.recipient, SavedAddress.is_default, SavedAddress.saved_at)
        .where(SavedAddress.person_id == person_id)
        .order_by(SavedAddress.id),
    )
    return [row | {"recipient": msgspec.json.decode(row["recipient"])} for row in rows]


def _titles(session: Session, person_id: int) -> Section:
    rows = _rows(
        session,
        select(
            InvoiceTitle.title_kind,
            InvoiceTitle.form,
            InvoiceTitle.title,
            InvoiceTitle.tax_number,
            InvoiceTitle.details,
            InvoiceTitle.is_default,
            InvoiceTitle.at,
        )
        .where(InvoiceTitle.person_id == person_id)
        .order_by(InvoiceTitle.id),
    )
    return [row | {"details": asdict(read_details(row["details"]))} for row in rows]


def _orders(session: Session, person_id: int) -> Section:
    rows = _rows(
        session,
        select(
            OrderGroup.number,
            OrderGroup.state,
            OrderGroup.channel_code,
            OrderGroup.total_minor,
            OrderGroup.placed_at,
            OrderGroup.paid_at,
            OrderGroup.recipient,
        )
        .where(OrderGroup.buyer_person_id == person_id)
        .order_by(OrderGroup.placed_at),
    )
    return [row | {"recipient": msgspec.json.decode(row["recipient"])} for row in rows]


def _lines(person_id: int) -> Statement:
    statement: Statement = (
        select(
            OrderLine.order_number,
            OrderLine.product_code,
            OrderLine.quantity,
            OrderLine.gross_minor,
            OrderLine.refunded_minor,
        )
        .join(Order, Order.number == OrderLine.order_number)
        .join(OrderGroup, OrderGroup.number == Order.group_number)
        .where(OrderGroup.buyer_person_id == person_id)
        .order_by(OrderLine.id)
    )
    return statement


def _decisions(session: Session, subject: Subject) -> dict[str, Section]:
    consents: Statement = select(
        Consent.scope,
        Consent.version,
        Consent.channel,
        Consent.given_at,
        Consent.withdrawn_at,
    )
    requests: Statement = select(
        SubjectRequest.kind,
        SubjectRequest.request_state,
        SubjectRequest.words,
        SubjectRequest.received_at,
        SubjectRequest.due_on,
        SubjectRequest.closed_at,
        SubjectRequest.answer,
    )
    if subject.household_id is not None:
        consents = consents.where(Consent.household_id == subject.household_id)
        requests = requests.where(SubjectRequest.household_id == subject.household_id)
    else:
        consents = consents.where(Consent.person_id == subject.person_id)
        requests = requests.where(SubjectRequest.person_id == subject.person_id)
    return {
        "consents": _rows(session, consents.order_by(Consent.id)),
        "requests": _rows(session, requests.order_by(SubjectRequest.id)),
    }


def _rows(session: Session, statement: Statement) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(statement).mappings()]
