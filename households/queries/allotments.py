"""Read period closes: a payer's list, one close with its shares, what is on public notice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from households.models import (
    Allotment,
    AllotmentInput,
    AllotmentObjection,
    AllotmentWorking,
    ContractVersion,
    Entitlement,
    LinkageContract,
)
from households.values import (
    WITHOUT_NOTICE,
    AllotmentSource,
    AllotmentState,
    HouseholdId,
    IncomeClass,
    LinkageModel,
    ObjectionOutcome,
    PartyKind,
    ResolutionBody,
    Stage,
)
from kernel.clock import local_date
from kernel.errors import NotFoundError
from kernel.rows import fill, fill_all
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class AllotmentRow:
    """One period close as pages see it."""

    code: str
    organisation_code: str
    organisation_name: str
    village_code: str | None
    model: LinkageModel
    contract_code: str | None
    source: AllotmentSource
    payer_account: str
    period_from: date
    period_to: date
    basis: Mapping[str, Any]
    total_minor: int
    state: AllotmentState
    proposed_by: str
    proposed_at: datetime
    body: ResolutionBody | None
    decided_on: date | None
    resolved_by: str | None
    resolved_at: datetime | None
    notice_from: date | None
    notice_until: date | None
    finalised_at: datetime | None
    stopped_at: datetime | None
    stop_reason: str
    reverses_code: str | None
    replaced_by: str | None
    """The final allotment that took the place of this one."""

    @property
    def has_notice(self) -> bool:
        """Say whether this kind of close is put on public notice."""
        return self.model not in WITHOUT_NOTICE

    def is_on_notice(self, on: date) -> bool:
        """Say whether objections are taken on a day."""
        until = self.notice_until
        return self.state is AllotmentState.ON_NOTICE and until is not None and on <= until


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One party's share of a resolved allotment with its working."""

    party_kind: PartyKind
    party_code: str
    contract_code: str
    weight: int
    minor: int
    stage: Stage | None
    """None for a share of no fen."""
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OwnShareRow:
    """A household's own share of one allotment."""

    allotment_code: str
    organisation_name: str
    model: LinkageModel
    income_class: IncomeClass
    period_from: date
    period_to: date
    state: AllotmentState
    notice_until: date | None
    minor: int
    reversed_minor: int
    stage: Stage
    entitlement_id: int
    figures: Mapping[str, Any]
    basis: Mapping[str, Any]


def get_allotment(session: Session, code: str) -> AllotmentRow:
    """Return one period close; raises `NotFoundError`."""
    row = session.execute(_rows().where(Allotment.code == code)).one_or_none()
    if row is None:
        raise NotFoundError("allotment_not_found", f"no allotment {code}", code=code)
    return fill(AllotmentRow, row)


def list_allotments(
    session: Session, organisation_codes: Iterable[str], *, size: int = 200
) -> list[AllotmentRow]:
    """Return payers' period closes, the latest period first."""
    return fill_all(
        AllotmentRow,
        session.execute(
            _rows()
            .where(Allotment.organisation_code.in_(list(organisation_codes)))
            .order_by(Allotment.period_to.desc(), Allotment.id.desc())
            .limit(size)
        ),
    )


def list_by_code(session: Session, codes: Sequence[str]) -> list[AllotmentRow]:
    """Return some period closes, the earliest period first."""
    return fill_all(
        AllotmentRow,
        session.execute(
            _rows().where(Allotment.code.in_(codes)).order_by(Allotment.period_to, Allotment.id)
        ),
    )


def list_notices(session: Session, *, on: date) -> list[AllotmentRow]:
    """Return what is on public notice on a day, the one that ends first at the top."""
    return fill_all(
        AllotmentRow,
        session.execute(
            _rows().where(_on_notice(on)).order_by(Allotment.notice_until, Allotment.code)
        ),
    )


def get_notice(session: Session, code: str, *, on: date) -> AllotmentRow:
    """Return one close while it is on public notice; raises `NotFoundError` otherwise."""
    row = session.execute(_rows().where(Allotment.code == code, _on_notice(on))).one_or_none()
    if row is None:
        raise NotFoundError("notice_not_found", f"no notice {code}", code=code)
    return fill(AllotmentRow, row)


def list_due_allotments(session: Session, *, at: datetime) -> list[str]:
    """Return the allotments whose notice is over and against which nothing is undecided."""
    undecided = (
        select(AllotmentObjection.id)
        .where(
            AllotmentObjection.allotment_id == Allotment.id,
            AllotmentObjection.outcome != ObjectionOutcome.REJECTED,
        )
        .exists()
    )
    return list(
        session.scalars(
            select(Allotment.code)
            .where(
                Allotment.state == AllotmentState.ON_NOTICE,
                Allotment.notice_until < local_date(at),
                ~undecided,
            )
            .order_by(Allotment.code)
        )
    )


def list_shares(session: Session, code: str) -> list[ShareRow]:
    """Return every share of a resolved allotment with its working, households first."""
    rows = session.execute(
        select(
            AllotmentWorking.party_kind,
            AllotmentWorking.party_code,
            LinkageContract.code,
            func.coalesce(Entitlement.weight, 0),
            func.coalesce(Entitlement.amount_minor, 0),
            Entitlement.stage,
            AllotmentWorking.figures,
        )
        .join(Allotment, Allotment.id == AllotmentWorking.allotment_id)
        .join(ContractVersion, ContractVersion.id == AllotmentWorking.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .outerjoin(Entitlement, _share_of_working())
        .where(Allotment.code == code)
        .order_by(AllotmentWorking.party_kind, AllotmentWorking.party_code)
    )
    return fill_all(ShareRow, rows)


def list_attendance(session: Session, code: str) -> dict[str, Mapping[str, Any]]:
    """Return the attendance entered for a payroll, by household."""
    rows = session.execute(
        select(AllotmentInput.household_id, AllotmentInput.figures)
        .join(Allotment, Allotment.id == AllotmentInput.allotment_id)
        .where(Allotment.code == code)
        .order_by(AllotmentInput.household_id)
    )
    return {str(household_id): figures for household_id, figures in rows}


def list_own_shares(
    session: Session, household_id: HouseholdId, *, code: str | None = None, size: int = 100
) -> list[OwnShareRow]:
    """Return a household's own shares, the latest period first; of one allotment if named."""
    which = [] if code is None else [Allotment.code == code]
    return fill_all(
        OwnShareRow,
        session.execute(
            select(
                Allotment.code,
                Organisation.name,
                Allotment.model_code,
                LinkageContract.income_class,
                Allotment.period_from,
                Allotment.period_to,
                Allotment.state,
                Allotment.notice_until,
                Entitlement.amount_minor,
                Entitlement.reversed_minor,
                Entitlement.stage,
                Entitlement.id,
                AllotmentWorking.figures,
                Allotment.basis,
            )
            .join(Entitlement, Entitlement.allotment_id == Allotment.id)
            .join(
                AllotmentWorking,
                and_(AllotmentWorking.allotment_id == Allotment.id, _share_of_working()),
            )
            .join(Organisation, Organisation.code == Allotment.organisation_code)
            .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
            .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
            .where(Entitlement.household_id == household_id, *which)
            .order_by(Allotment.period_to.desc(), Allotment.id.desc())
            .limit(size)
        ),
    )


def list_payer_contracts(
    session: Session, organisation_codes: Sequence[str], models: Iterable[LinkageModel]
) -> list[tuple[str, LinkageModel, str | None, int]]:
    """Return what payers can close: (payer, model, contract with many or None, contracts)."""
    many = LinkageContract.household_id.is_(None)
    shown = func.min(LinkageContract.code).filter(many)
    rows = session.execute(
        select(
            LinkageContract.organisation_code, LinkageContract.model_code, shown, func.count()
        )
        .where(
            LinkageContract.organisation_code.in_(organisation_codes),
            LinkageContract.model_code.in_(list(models)),
        )
        .group_by(LinkageContract.organisation_code, LinkageContract.model_code, many)
        .order_by(LinkageContract.organisation_code, LinkageContract.model_code, shown)
    )
    return [(payer, model, code, count) for payer, model, code, count in rows]


def list_payroll_households(
    session: Session, organisation_code: str, model: LinkageModel
) -> list[str]:
    """Return the households with a contract of their own of one model, for an empty list."""
    return [
        str(household_id)
        for household_id in session.scalars(
            select(LinkageContract.household_id)
            .where(
                LinkageContract.organisation_code == organisation_code,
                LinkageContract.model_code == model,
                LinkageContract.household_id.is_not(None),
            )
            .distinct()
            .order_by(LinkageContract.household_id)
        )
    ]


def _share_of_working() -> ColumnElement[bool]:
    return and_(
        Entitlement.allotment_id == AllotmentWorking.allotment_id,
        Entitlement.contract_version_id == AllotmentWorking.contract_version_id,
        Entitlement.party_kind == AllotmentWorking.party_kind,
        Entitlement.party_code == AllotmentWorking.party_code,
    )


def _on_notice(on: date) -> ColumnElement[bool]:
    return and_(
        Allotment.state == AllotmentState.ON_NOTICE,
        Allotment.notice_from <= on,
        Allotment.notice_until >= on,
    )


def _rows() -> Select[*tuple[Any, ...]]:
    other = Allotment.__table__.alias("other")
    reverses = select(other.c.code).where(other.c.id == Allotment.reverses_id)
    replaced = select(other.c.code).where(
        other.c.reverses_id == Allotment.id, other.c.state == AllotmentState.FINAL
    )
    return (
        select(
            Allotment.code,
            Allotment.organisation_code,
            Organisation.name,
            Organisation.village_code,
            Allotment.model_code,
            LinkageContract.code,
            Allotment.source,
            Allotment.payer_account,
            Allotment.period_from,
            Allotment.period_to,
            Allotment.basis,
            Allotment.total_minor,
            Allotment.state,
            Allotment.proposed_by,
            Allotment.proposed_at,
            Allotment.body,
            Allotment.decided_on,
            Allotment.resolved_by,
            Allotment.resolved_at,
            Allotment.notice_from,
            Allotment.notice_until,
            Allotment.finalised_at,
            Allotment.stopped_at,
            Allotment.stop_reason,
            reverses.scalar_subquery(),
            replaced.scalar_subquery(),
        )
        .join(Organisation, Organisation.code == Allotment.organisation_code)
        .outerjoin(LinkageContract, LinkageContract.id == Allotment.contract_id)
    )
