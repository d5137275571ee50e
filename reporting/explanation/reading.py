"""Read an entitlement with everything behind it, for one reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from households.models import Allotment as AllotmentTable
from households.models import (
    ContractVersion,
    Entitlement,
    EntitlementReversal,
    LinkageContract,
)
from households.rules import advances, attribution
from households.values import PartyKind, Stage
from kernel.errors import NotFoundError
from kernel.rows import fill, fill_all
from ledger import queries as ledger_queries
from ledger.values import PostingKind
from parties.models import Organisation
from payments.models import SettlementLine, SettlementPeriod
from payments.queries.stages import settled_by
from reporting.explanation import allotment, receipt, sale, veil
from reporting.explanation.values import (
    Allotment,
    Booking,
    Explanation,
    Payment,
    Reader,
    Receipt,
    Reversal,
    Sale,
    Terms,
)

LARGEST_ID = 2**63 - 1
OTHERWISE = frozenset({PostingKind.RECOVERY_SET_OFF, PostingKind.OWN_LINE_EARNED})
"""Postings of the same source that are no part of the entitlement: claims set off, and what a
seller's own goods had cost it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """An entitlement with the contract it rests on."""

    entitlement_id: int
    party_kind: PartyKind
    party_code: str
    order_line_id: int | None
    receipt_id: int | None
    allotment_id: int | None
    lot_id: int | None
    contract_version_id: int
    stage: Stage
    amount_minor: int
    reversed_minor: int
    expected_at: datetime
    earned_at: datetime | None
    reversed_at: datetime | None
    terms: Terms


def explain(session: Session, entitlement_id: int, reader: Reader, *, on: date) -> Explanation:
    """Return why an entitlement is what it is; at most thirteen statements.

    A household reads what stands beside its own only where enough others do, by what is in
    force on a day; who pays and who holds an office read all of it.

    Raises `NotFoundError` for one that does not exist or is not the reader's to see, without
    telling which.
    """
    head = _head(session, entitlement_id, reader)
    told = _told(session, head)
    if reader.sees_others or head.terms.payer_code in reader.payer_codes:
        return told
    return veil.veiled(told, veil.find_minimum(session, on=on))


def _told(session: Session, head: Head) -> Explanation:
    return Explanation(
        entitlement_id=head.entitlement_id,
        party_kind=head.party_kind,
        party_code=head.party_code,
        stage=head.stage,
        amount_minor=head.amount_minor,
        reversed_minor=head.reversed_minor,
        expected_at=head.expected_at,
        earned_at=head.earned_at,
        reversed_at=head.reversed_at,
        terms=head.terms,
        sale=_sale(session, head),
        receipt=_receipt(session, head),
        allotment=_allotment(session, head),
        payment=_payment(session, head.entitlement_id),
        reversals=_reversals(session, head.entitlement_id),
        bookings=_bookings(session, head),
        booked_together_minor=_booked_together(session, head),
    )


def _head(session: Session, entitlement_id: int, reader: Reader) -> Head:
    row = None
    if 0 < entitlement_id <= LARGEST_ID:
        row = session.execute(
            select(Entitlement, ContractVersion, LinkageContract, Organisation.name)
            .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
            .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
            .join(Organisation, Organisation.code == LinkageContract.organisation_code)
            .where(Entitlement.id == entitlement_id, _may_see(reader))
        ).one_or_none()
    if row is None:
        raise NotFoundError("entitlement_not_found", "there is no such entitlement")
    part, version, contract, payer_name = row
    return Head(
        entitlement_id=part.id,
        party_kind=part.party_kind,
        party_code=part.party_code,
        order_line_id=part.order_line_id,
        receipt_id=part.receipt_id,
        allotment_id=part.allotment_id,
        lot_id=part.lot_id,
        contract_version_id=part.contract_version_id,
        stage=part.stage,
        amount_minor=part.amount_minor,
        reversed_minor=part.reversed_minor,
        expected_at=part.expected_at,
        earned_at=part.earned_at,
        reversed_at=part.reversed_at,
        terms=Terms(
            contract_code=contract.code,
            version=version.version,
            model=contract.model_code,
            income_class=contract.income_class,
            payer_code=contract.organisation_code,
            payer_name=payer_name,
            effective_from=version.effective_from,
            effective_to=version.effective_to,
            document_note=version.document_note,
            terms=version.terms,
        ),
    )


def _sale(session: Session, head: Head) -> Sale | None:
    if head.order_line_id is None or head.lot_id is None:
        return None
    wanted = sale.Wanted(
        order_line_id=head.order_line_id,
        lot_id=head.lot_id,
        party_kind=head.party_kind,
        party_code=head.party_code,
        model=head.terms.model,
    )
    return sale.read(session, wanted)


def _receipt(session: Session, head: Head) -> Receipt | None:
    if head.receipt_id is None:
        return None
    return receipt.read(session, head.receipt_id)


def _allotment(session: Session, head: Head) -> Allotment | None:
    if head.allotment_id is None:
        return None
    wanted = allotment.Wanted(
        allotment_id=head.allotment_id,
        contract_version_id=head.contract_version_id,
        party_kind=head.party_kind,
        party_code=head.party_code,
        amount_minor=head.amount_minor,
    )
    return allotment.read(session, wanted)


def _payment(session: Session, entitlement_id: int) -> Payment | None:
    row = session.execute(
        select(
            SettlementPeriod.code,
            SettlementPeriod.approved_at,
            SettlementLine.state,
            SettlementLine.paid_at,
            SettlementLine.returned_at,
        )
        .join(SettlementLine, SettlementLine.period_id == SettlementPeriod.id)
        .join(Entitlement, settled_by())
        .where(Entitlement.id == entitlement_id)
    ).one_or_none()
    return None if row is None else fill(Payment, row)


def _may_see(reader: Reader) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [false()]
    if reader.household_id is not None:
        ways.append(Entitlement.household_id == reader.household_id)
    if reader.payer_codes:
        ways.append(LinkageContract.organisation_code.in_(sorted(reader.payer_codes)))
    return or_(*ways)


def _reversals(session: Session, entitlement_id: int) -> Sequence[Reversal]:
    rows = session.execute(
        select(
            EntitlementReversal.refund_key, EntitlementReversal.minor, EntitlementReversal.at
        )
        .where(EntitlementReversal.entitlement_id == entitlement_id)
        .order_by(EntitlementReversal.at, EntitlementReversal.refund_key)
    )
    return fill_all(Reversal, rows)


def _bookings(session: Session, head: Head) -> Sequence[Booking]:
    """Return the source's postings on the party's own accounts, claims against it included."""
    account = attribution.account_of(head.party_kind, head.party_code)
    own = {account}
    if account.startswith("L:payable:"):
        own.add(f"A:recover:{account.removeprefix('L:payable:')}")
    if head.receipt_id is not None:
        own.add(advances.account_of(head.party_code, head.terms.contract_code))
    if head.party_kind is PartyKind.HOUSEHOLD:
        own.add(f"L:wage:{head.party_code}")
    return [
        Booking(
            tx_id=entry.tx_id,
            posting_key=entry.posting_key,
            kind=entry.kind,
            account_code=entry.account_code,
            effective_at=entry.effective_at,
            recorded_at=entry.recorded_at,
            minor=-entry.minor,
        )
        for entry in ledger_queries.list_entries_of_sources(session, _sources(session, head))
        if entry.account_code in own and entry.kind not in OTHERWISE
    ]


def _sources(session: Session, head: Head) -> list[str]:
    if head.receipt_id is not None:
        return receipt.sources(session, head.receipt_id)
    if head.allotment_id is not None:
        code = session.scalars(
            select(AllotmentTable.code).where(AllotmentTable.id == head.allotment_id)
        ).one()
        return [f"allotment:{code}"]
    return [f"line:{head.order_line_id}"]


def _booked_together(session: Session, head: Head) -> int:
    if head.receipt_id is not None:
        return 0
    same = (
        Entitlement.order_line_id == head.order_line_id
        if head.allotment_id is None
        else Entitlement.allotment_id == head.allotment_id
    )
    others = session.scalar(
        select(func.sum(Entitlement.amount_minor - Entitlement.reversed_minor)).where(
            same,
            Entitlement.party_kind == head.party_kind,
            Entitlement.party_code == head.party_code,
            Entitlement.id != head.entitlement_id,
            Entitlement.earned_at.is_not(None),
        )
    )
    return int(others or 0)
