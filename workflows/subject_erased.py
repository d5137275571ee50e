"""Somebody asked to be forgotten: what goes at once, what waits, and for what.

A request waits while money or goods are still under way, because a person must be reached and a
household must be paid. Waiting is on record with its reason, and the chore asks again every
hour. Transactions stay for the years the law asks for, under a number that names nobody.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.models import Lot, LotContribution
from households import service as households
from households.models import Entitlement
from households.values import HouseholdId, Stage
from kernel import audit, outbox
from kernel.idempotency import CommandKey
from ledger import queries as ledger_queries
from orders.models import (
    Basket,
    Claim,
    ClaimPhoto,
    ClaimUpload,
    CouponGrant,
    Order,
    OrderGroup,
    SavedAddress,
)
from orders.rules import UNPAID
from orders.values import OrderState, Recipient
from parties import queries as party_queries
from parties import service as parties
from parties.events import SubjectErased
from parties.queries import RequestRow
from parties.values import PersonId, RequestState, Subject
from payments.models import InvoiceRequest, InvoiceTitle, SettlementLine
from payments.values import LineState

OPEN_ORDERS = "open_orders"
OWED = "money_owed"
UNDER_WAY = "sales_under_way"
TASK = "task:erasure"
CLOSED = (OrderState.DELIVERED, OrderState.REFUNDED, OrderState.CANCELLED)


def carry_out(session: Session, request_id: int, *, at: datetime) -> str | None:
    """Erase whom a granted request is about; return what it still waits for, or None.

    Repeating goes on where the last time stopped.
    """
    request = party_queries.get_request(session, request_id)
    waits_for = _erase(session, request, at=at)
    if waits_for is not None:
        parties.hold_request(session, request_id, waits_for)
        return waits_for
    parties.close_request(
        session, request_id, state=RequestState.DONE, answer=TASK, by=TASK, at=at
    )
    parties.forget_words(session, request.subject, at=at)
    audit.record(
        session,
        audit.Act(
            actor=TASK,
            action="subject_erased",
            subject=request.subject.code,
            purpose="deletion",
            at=at,
            detail={"request": request_id},
        ),
    )
    return None


def forget_recipients(
    session: Session, groups: ColumnElement[bool], *, at: datetime
) -> Sequence[str]:
    """Empty name, phone, street and e-mail of the groups that match; the city stays.

    Groups with a part on its way, or waiting for its money, are left as they are.
    """
    still_open = exists().where(
        Order.group_number == OrderGroup.number,
        Order.state.not_in((*CLOSED, OrderState.PENDING_PAYMENT)),
    )
    rows = session.execute(
        select(OrderGroup.number, OrderGroup.city)
        .where(
            groups,
            OrderGroup.recipient_erased_at.is_(None),
            OrderGroup.state.not_in(UNPAID),
            ~still_open,
        )
        .order_by(OrderGroup.number)
        .with_for_update(of=OrderGroup)
    ).all()
    for row in rows:
        session.execute(
            update(OrderGroup)
            .where(OrderGroup.number == row.number)
            .values(recipient=_nobody(row.city), recipient_erased_at=at)
        )
    numbers = [row.number for row in rows]
    _forget_claims(session, numbers)
    session.execute(delete(InvoiceRequest).where(InvoiceRequest.group_number.in_(numbers)))
    return numbers


def _forget_claims(session: Session, groups: Sequence[str]) -> None:
    """Drop the words and photos of claims; what was paid for them stays."""
    claims = (
        select(Claim.id)
        .join(Order, Order.number == Claim.order_number)
        .where(Order.group_number.in_(groups))
    )
    session.execute(delete(ClaimPhoto).where(ClaimPhoto.claim_id.in_(claims)))
    session.execute(delete(ClaimUpload).where(ClaimUpload.group_number.in_(groups)))
    session.execute(
        update(Claim)
        .where(Claim.id.in_(claims))
        .values(words="", waybill_carrier=None, waybill_number=None)
        .execution_options(synchronize_session=False)
    )


def _erase(session: Session, request: RequestRow, *, at: datetime) -> str | None:
    if request.household_id is not None:
        return _erase_household(session, HouseholdId(request.household_id), at=at)
    return _erase_person(session, PersonId(request.person_id or 0), at=at)


def _erase_person(session: Session, person_id: PersonId, *, at: datetime) -> str | None:
    if session.scalar(select(_has_open_orders(person_id))):
        return OPEN_ORDERS
    numbers = forget_recipients(session, OrderGroup.buyer_person_id == person_id, at=at)
    session.execute(delete(Basket).where(Basket.person_id == person_id))
    session.execute(delete(SavedAddress).where(SavedAddress.person_id == person_id))
    session.execute(delete(InvoiceTitle).where(InvoiceTitle.person_id == person_id))
    session.execute(delete(CouponGrant).where(CouponGrant.person_id == person_id))
    catalog.forget_person(session, person_id, by=TASK, at=at)
    session.execute(delete(CommandKey).where(CommandKey.caller == f"person:{person_id}"))
    parties.erase_person(session, person_id, at=at)
    outbox.record(
        session,
        SubjectErased(
            occurred_at=at,
            subject=Subject(person_id=person_id).code,
            group_numbers=list(numbers),
        ),
    )
    return None


def _erase_household(
    session: Session, household_id: HouseholdId, *, at: datetime
) -> str | None:
    """Destroy phone and id number at once; name and account once nothing is owed any more."""
    households.destroy_contacts(session, household_id)
    waits_for = _why_household_waits(session, household_id)
    if waits_for is not None:
        return waits_for
    households.destroy_identity(session, household_id, at=at)
    parties.unlink_household(session, household_id)
    outbox.record(
        session,
        SubjectErased(
            occurred_at=at,
            subject=Subject(household_id=household_id).code,
            group_numbers=[],
        ),
    )
    return None


def _why_household_waits(session: Session, household_id: HouseholdId) -> str | None:
    owed = ledger_queries.list_owner_balances(session, f"hh:{household_id}")
    in_flight = exists().where(
        SettlementLine.household_id == household_id,
        SettlementLine.state.in_((LineState.READY, LineState.INFLIGHT, LineState.RETURNED)),
    )
    if any(code.startswith("L:") and minor for code, minor in owed.items()):
        return OWED
    if session.scalar(select(in_flight)):
        return OWED
    expected = exists().where(
        Entitlement.household_id == household_id, Entitlement.stage == Stage.EXPECTED
    )
    on_sale = (
        exists()
        .where(LotContribution.household_id == household_id)
        .where(Lot.id == LotContribution.lot_id, Lot.available + Lot.held > 0)
    )
    return UNDER_WAY if session.scalar(select(or_(expected, on_sale))) else None


def _has_open_orders(person_id: PersonId) -> ColumnElement[bool]:
    return exists().where(
        OrderGroup.buyer_person_id == person_id,
        Order.group_number == OrderGroup.number,
        or_(
            OrderGroup.state.in_(UNPAID),
            Order.state.not_in((*CLOSED, OrderState.PENDING_PAYMENT)),
        ),
    )


def _nobody(city: str) -> str:
    nobody = Recipient(name="", phone="", province="", city=city, district="", street="")
    return msgspec.json.encode(asdict(nobody)).decode()
