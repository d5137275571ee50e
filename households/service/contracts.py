"""Draw up linkage contracts and bring their versions into force."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from households.models import ContractVersion, Household, LinkageContract
from households.rules import advances as advance_rules
from households.rules import terms as terms_rules
from households.rules.terms.fields import MOST
from households.values import (
    FOR_ALL_PRODUCERS,
    INCOME_CLASS_OF,
    ContractVersionId,
    LinkageModel,
    NewContract,
    TermLimits,
)
from kernel import policy
from kernel.errors import ConflictError, InvalidError, NotFoundError
from parties.models import Organisation
from parties.values import OrganisationKind

PATRONAGE_FLOOR = "coop_patronage_floor_bp"
ASSET_RATE_MIN = "asset_floor_rate_min_bp"
ASSET_RATE_MAX = "asset_floor_rate_max_bp"
RELIEF_FLOOR = "relief_labour_floor_bp"
RELIEF_SPECIAL = "relief_labour_floor_special_bp"
LIMITS = (PATRONAGE_FLOOR, ASSET_RATE_MIN, ASSET_RATE_MAX, RELIEF_FLOOR, RELIEF_SPECIAL)

DAY = timedelta(days=1)


def draw_up_contract(session: Session, contract: NewContract) -> int:
    """Draw up a contract without terms yet and return its id; raises `ConflictError`.

    A contract that names no household binds everybody who contributes to the payer's lots;
    an organisation has at most one of those for each model. Consignment and premium contracts
    are always of that kind (`InvalidError` `contract_binds_all_producers`).
    """
    if contract.household_id is not None and contract.model in FOR_ALL_PRODUCERS:
        raise InvalidError(
            "contract_binds_all_producers", "such a contract cannot be with one household"
        )
    statement = insert(LinkageContract).values(
        code=contract.code,
        organisation_code=contract.organisation_code,
        household_id=contract.household_id,
        model_code=contract.model,
        income_class=contract.income_class or INCOME_CLASS_OF[contract.model],
    )
    try:
        with session.begin_nested():
            return session.execute(statement.returning(LinkageContract.id)).scalar_one()
    except IntegrityError as error:
        raise ConflictError(
            "contract_exists",
            f"{contract.code} exists, or its organisation has such a contract already",
            code=contract.code,
        ) from error


def draw_up_version(
    session: Session,
    contract_code: str,
    terms: Mapping[str, Any],
    *,
    effective_from: date,
    document_note: str = "",
) -> ContractVersionId:
    """Add a draft of new terms to a contract and return its id; a draft attributes nothing.

    Raises `InvalidError` with the reason when the terms cannot be carried out.
    """
    contract = _lock_contract(session, LinkageContract.code == contract_code)
    _check(session, contract.organisation_code, contract.model_code, terms, on=effective_from)
    _check_advance(contract, terms)
    last = session.scalar(
        select(func.max(ContractVersion.version)).where(
            ContractVersion.contract_id == contract.id
        )
    )
    version = ContractVersion(
        contract_id=contract.id,
        version=(last or 0) + 1,
        terms=dict(terms),
        effective_from=effective_from,
        document_note=document_note,
    )
    session.add(version)
    session.flush()
    return version.id


def check_draft(
    session: Session,
    organisation_code: str,
    model: LinkageModel,
    terms: Mapping[str, Any],
    *,
    on: date,
) -> None:
    """Refuse terms that could not be brought into force, without writing anything."""
    _check(session, organisation_code, model, terms, on=on)


def discard_draft(session: Session, version_id: ContractVersionId) -> None:
    """Remove a draft; raises `ConflictError` for a version that is in force or was."""
    version = _get_version(session, version_id)
    if version.activated_at is not None:
        raise ConflictError("contract_not_a_draft", "only a draft can be discarded")
    session.delete(version)
    session.flush()


def activate_version(session: Session, version_id: ContractVersionId, *, at: datetime) -> None:
    """Bring a draft into force and end the open version before it on the day before.

    Terms are checked once more. Activating twice changes nothing. Raises `ConflictError`
    `contract_period_overlaps` when the draft reaches into another version's period.
    """
    version = _get_version(session, version_id)
    if version.activated_at is not None:
        return
    contract = _lock_contract(session, LinkageContract.id == version.contract_id)
    _check(
        session,
        contract.organisation_code,
        contract.model_code,
        version.terms,
        on=version.effective_from,
    )
    _check_advance(contract, version.terms)
    session.execute(
        update(ContractVersion)
        .where(
            ContractVersion.contract_id == contract.id,
            ContractVersion.activated_at.is_not(None),
            ContractVersion.effective_to.is_(None),
            ContractVersion.effective_from < version.effective_from,
        )
        .values(effective_to=version.effective_from - DAY)
    )
    _change(session, version, activated_at=at)


def end_version(session: Session, version_id: ContractVersionId, *, last_day: date) -> None:
    """Set the last day of a version in force; raises `ConflictError` for an impossible day."""
    version = _get_version(session, version_id)
    if last_day < version.effective_from:
        raise ConflictError(
            "contract_period_reversed", f"the version begins on {version.effective_from}"
        )
    _change(session, version, effective_to=last_day)


def _change(session: Session, version: ContractVersion, **values: date | datetime) -> None:
    effective_from = version.effective_from
    statement = update(ContractVersion).where(ContractVersion.id == version.id).values(**values)
    try:
        with session.begin_nested():
            session.execute(statement)
    except IntegrityError as error:
        raise ConflictError(
            "contract_period_overlaps",
            f"another version is in force on or after {effective_from}",
            effective_from=effective_from,
        ) from error


def _get_version(session: Session, version_id: ContractVersionId) -> ContractVersion:
    version = session.get(ContractVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFoundError("contract_version_not_found", f"no contract version {version_id}")
    return version


def _lock_contract(session: Session, which: ColumnElement[bool]) -> LinkageContract:
    contract = session.scalars(
        select(LinkageContract).where(which).with_for_update(key_share=True)
    ).one_or_none()
    if contract is None:
        raise NotFoundError("contract_not_found", "there is no such contract")
    return contract


def _check_advance(contract: LinkageContract, terms: Mapping[str, Any]) -> None:
    """Refuse an advance to nobody in particular, and one beyond any contract's amounts."""
    minor = advance_rules.advance_of(contract.model_code, terms)
    if minor and contract.household_id is None:
        raise InvalidError(
            "advance_needs_household",
            "a contract with all producers pays nothing in advance",
            field="deposit_rate",
        )
    if minor > MOST:
        raise InvalidError(
            "advance_too_large", "no contract pays so much in advance", field="deposit_rate"
        )


def _check(
    session: Session,
    organisation_code: str,
    model: LinkageModel,
    terms: Mapping[str, Any],
    *,
    on: date,
) -> None:
    limits = _limits(session, organisation_code, model, on=on)
    terms_rules.check_terms(model, terms, limits)
    weighed = terms_rules.weighed_households(terms)
    if weighed:
        known = set(session.scalars(select(Household.id).where(Household.id.in_(weighed))))
        if unknown := sorted(weighed - known):
            raise InvalidError(
                "weight_household_unknown",
                f"{unknown[0]} has a weight and stands in no register",
                household=unknown[0],
            )


def _limits(
    session: Session, organisation_code: str, model: LinkageModel, *, on: date
) -> TermLimits:
    kind = session.scalar(
        select(Organisation.kind).where(Organisation.code == organisation_code)
    )
    numbers = policy.list_in_force(session, list(LIMITS), on=on)
    if model is LinkageModel.PATRONAGE and PATRONAGE_FLOOR not in numbers:
        raise NotFoundError("policy_param_missing", f"no {PATRONAGE_FLOOR} in force on {on}")
    found = {code: int(value) for code, value in numbers.items()}
    low, high = found.get(ASSET_RATE_MIN), found.get(ASSET_RATE_MAX)
    return TermLimits(
        patronage_floor_bp=found.get(PATRONAGE_FLOOR, 0),
        asset_rate_band_bp=None if low is None or high is None else (low, high),
        relief_floor_bp=found.get(RELIEF_FLOOR),
        relief_special_bp=found.get(RELIEF_SPECIAL),
        payer_is_village=kind is OrganisationKind.VILLAGE_COLLECTIVE,
    )
