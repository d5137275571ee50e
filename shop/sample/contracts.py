"""Writes the fictitious households and every contract that says what reaches them."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service as households
from households.values import (
    OFFICIAL_TERMS,
    Baseline,
    HouseholdCategory,
    HouseholdId,
    Identity,
    LinkageModel,
    Monitoring,
    NewContract,
    NewHousehold,
    RiskStatus,
)
from kernel.clock import at_local_midnight
from parties.values import OrganisationKind
from shop.sample import settling, tables
from shop.sample.checks import Files
from shop.sample.organisations import PRODUCER_KINDS
from shop.sample.purchases import WITH_DEPOSIT, Purchases
from shop.sample.schemas import HouseholdLine, LinkageEntry, ProducerEntry
from shop.sample.tables import Change
from workflows import advances

BASELINE_YEAR: Final = 2021
REGISTERED_ON: Final = date(2021, 1, 1)
LINKED_FROM: Final = date(2021, 1, 1)
SELLING_FROM: Final = date(2025, 1, 1)
RAISED_FROM: Final = date(2026, 7, 1)

FEE_BP: Final = 300
COLD_LOGISTICS_BP: Final = (800, 1000, 1200)
AMBIENT_LOGISTICS_BP: Final = (400, 500, 600)
HOUSEHOLDS_OF_20: Final = (15, 14, 16)
"""The household pot in twentieths, differing a little by seller. These are sample values."""
EVERY_RELOCATED: Final = 12
"""One sample household of so many moved out of an unliveable place."""
RAISED_SELLERS: Final = ("C03", "C05")
"""Two sellers give one twentieth more to the households from `RAISED_FROM` on."""

TRUSTED: Final = ("C15", "C20")
"""Collectives that run the houses of their households as an operator."""
DISTRICT_OPERATOR: Final = "C26"
"""Divides the income of the district's assistance assets among all who come first."""
VILLAGE_COLLECTIVE: Final = "VC06"
"""Divides what its village has from the sales of others."""
VILLAGE_OF_COLLECTIVE: Final = "500156104209"
ASSET_TERMS: Final = {"household_bp": 6000, "public_bp": 2000, "reserve_bp": 2000}

RELIEF_TERMS: Final = {"labour_bp": 1600, "day_rate_fen": 12_000, "special_fund": True}
"""Sample values; the floor of the policy is lower."""

PARAMETER_NAMES: Final = {("RENT", "area_mu"): "area_mu_x100"}
"""Where the contract's field is called otherwise than the parameter of the file."""


def load(session: Session, files: Files, *, at: datetime) -> list[Change]:
    """Register households with their histories and bring all contracts into force."""
    added = households.register_households(
        session, [_household(row) for row in files.households]
    )
    fresh = set(added)
    households.seal_identities(
        session,
        {
            HouseholdId(row.household_id): Identity(
                name=row.alias,
                phone=_phone(row.household_id),
                bank_account=settling.account_of(row.household_id),
            )
            for row in files.households
            if row.household_id in fresh
        },
    )
    kept = len(files.households) - len(added)
    return [
        Change("households", len(added), 0, kept),
        _draw_up(session, _all(files), at=at),
    ]


def _household(row: HouseholdLine) -> NewHousehold:
    return NewHousehold(
        id=HouseholdId(row.household_id),
        village_code=row.village_code,
        members=row.members,
        labour=row.labour,
        registered_on=REGISTERED_ON,
        category=OFFICIAL_TERMS[row.category],
        basis="样例",
        is_relocated=int(row.household_id.removeprefix("H")) % EVERY_RELOCATED == 0,
        baselines=[_baseline(row)],
        monitoring=_monitoring(row),
        cooperative_codes=[row.cooperative_id] if row.cooperative_id else [],
    )


def _baseline(row: HouseholdLine) -> Baseline:
    return Baseline(
        year=BASELINE_YEAR,
        wage_minor=row.wage_fen,
        operating_gross_minor=row.operating_gross_fen,
        operating_cost_minor=row.operating_cost_fen,
        property_minor=row.property_fen,
        transfer_minor=row.transfer_fen,
        medical_minor=row.out_of_pocket_medical_fen,
    )


def _monitoring(row: HouseholdLine) -> list[Monitoring]:
    if row.recognised_on is None or row.risk_status is None:
        return []
    return [
        Monitoring(
            risk_type=row.risk_type or "",
            recognised_on=row.recognised_on,
            status=RiskStatus(row.risk_status),
        )
    ]


def _phone(household_id: str) -> str:
    """Return a number that no network assigns."""
    return f"1000000{household_id.removeprefix('H')}"


Version = tuple[date, Mapping[str, Any]]
"""From when on, and the terms."""
Drawn = tuple[NewContract, list[Version]]
"""A contract with its versions, the oldest first."""


def _all(files: Files) -> list[Drawn]:
    drawn = (
        _linkages(files),
        _trusts(files),
        _relief(files),
        _assets(files),
        _sales(files),
        _premiums(files),
    )
    return [one for some in drawn for one in some]


def relief_households(files: Files) -> list[HouseholdId]:
    """Return who worked for the relief project: the households of the collective's village."""
    return [
        HouseholdId(row.household_id)
        for row in files.households
        if row.village_code == VILLAGE_OF_COLLECTIVE
    ]


def _linkages(files: Files) -> Iterator[Drawn]:
    terms = {row.code: _default_terms(row) for row in files.linkages}
    purchases = Purchases(files)
    for row in files.households:
        if row.cooperative_id is None or row.linkage_models is None:
            continue
        for code in row.linkage_models.split("|"):
            contract = NewContract(
                code=f"HT-{row.cooperative_id}-{row.household_id}-{code}",
                organisation_code=row.cooperative_id,
                model=LinkageModel(code),
                household_id=HouseholdId(row.household_id),
            )
            agreed = purchases.terms(row.cooperative_id, row.household_id, code, terms[code])
            yield contract, [(LINKED_FROM, {**agreed, **_own_terms(row, code)})]


def _own_terms(row: HouseholdLine, model: str) -> dict[str, Any]:
    """Let households differ in land, stake and shares; the figures follow from the number."""
    number = int(row.household_id.removeprefix("H"))
    own: dict[str, dict[str, Any]] = {
        "RENT": {"area_mu_x100": 200 + 50 * (number % 9)},
        "GUARANTEED": {"principal_fen": 1_000_000 + 100_000 * (number % 10)},
        "EQUITY": {"shares": {row.household_id: 5 + number % 16}},
        "PATRONAGE": {"capital": {row.household_id: 10 + number % 20}},
    }
    return own.get(model, {})


def _trusts(files: Files) -> Iterator[Drawn]:
    terms = {row.code: _default_terms(row) for row in files.linkages}["TRUST"]
    for row in files.households:
        if row.cooperative_id in TRUSTED:
            yield (
                NewContract(
                    code=f"HT-{row.cooperative_id}-{row.household_id}-TRUST",
                    organisation_code=row.cooperative_id,
                    model=LinkageModel.TRUST,
                    household_id=HouseholdId(row.household_id),
                ),
                [(LINKED_FROM, terms)],
            )


def _relief(files: Files) -> Iterator[Drawn]:
    """One relief-work contract of the village collective with each household of its village."""
    default = next(row for row in files.linkages if row.code == LinkageModel.RELIEFWORK)
    for household_id in relief_households(files):
        contract = NewContract(
            code=f"HT-{VILLAGE_COLLECTIVE}-{household_id}-RELIEFWORK",
            organisation_code=VILLAGE_COLLECTIVE,
            model=LinkageModel.RELIEFWORK,
            household_id=household_id,
        )
        yield contract, [(LINKED_FROM, {**_default_terms(default), **RELIEF_TERMS})]


def _assets(files: Files) -> Iterator[Drawn]:
    """One asset contract of the district with all who come first, one of a village."""
    first = {
        row.household_id: row.members
        for row in files.households
        if OFFICIAL_TERMS[row.category] is not HouseholdCategory.GENERAL
    }
    for payer, terms in (
        (DISTRICT_OPERATOR, {**ASSET_TERMS, "beneficiaries": first}),
        (VILLAGE_COLLECTIVE, ASSET_TERMS),
    ):
        contract = NewContract(
            code=f"HT-{payer}-ASSET", organisation_code=payer, model=LinkageModel.ASSET
        )
        yield contract, [(LINKED_FROM, terms)]


def _default_terms(model: LinkageEntry) -> dict[str, Any]:
    return {
        PARAMETER_NAMES.get((model.code, parameter.code), parameter.code): parameter.default
        for parameter in model.params
        if parameter.default is not None
    }


def _sales(files: Files) -> Iterator[Drawn]:
    """One consignment share contract of each seller with all who give to its lots."""
    cold = {row.producer_id for row in files.products if row.cold_chain_required}
    for position, producer in enumerate(files.producers):
        contract = NewContract(
            code=f"DX-{producer.id}",
            organisation_code=producer.id,
            model=LinkageModel.CONSIGN,
        )
        logistics = COLD_LOGISTICS_BP if producer.id in cold else AMBIENT_LOGISTICS_BP
        logistics_bp = logistics[position % len(logistics)]
        twentieths = HOUSEHOLDS_OF_20[position % len(HOUSEHOLDS_OF_20)]
        versions: list[Version] = [
            (SELLING_FROM, _sale_terms(producer, logistics_bp, twentieths))
        ]
        if producer.id in RAISED_SELLERS:
            versions.append((RAISED_FROM, _sale_terms(producer, logistics_bp, twentieths + 1)))
        yield contract, versions


def _premiums(files: Files) -> Iterator[Drawn]:
    """One premium contract of each seller whose models name it or whose village divides it."""
    default = next(row for row in files.linkages if row.code == LinkageModel.PREMIUM)
    terms = _default_terms(default)
    for producer in files.producers:
        is_of_village = producer.village_code == VILLAGE_OF_COLLECTIVE
        if is_of_village or LinkageModel.PREMIUM in producer.linkage_models:
            contract = NewContract(
                code=f"YJ-{producer.id}",
                organisation_code=producer.id,
                model=LinkageModel.PREMIUM,
            )
            yield contract, [(SELLING_FROM, terms)]


def _sale_terms(producer: ProducerEntry, logistics_bp: int, twentieths: int) -> dict[str, Any]:
    """Divide what fee and logistics leave; a village collective pays no village but itself."""
    is_village = PRODUCER_KINDS[producer.type] is OrganisationKind.VILLAGE_COLLECTIVE
    village = 0 if producer.village_code is None or is_village else 1
    ratios = {"HHPOT": twentieths, "COOP": 20 - twentieths - village, "VILLAGE": village}
    return {
        "fee_bp": FEE_BP,
        "logistics_bp": logistics_bp,
        "ratios": {code: f"{part}/20" for code, part in ratios.items() if part},
    }


def _begun(contract: NewContract, at: datetime) -> datetime:
    """Return when a contract is activated: the one with a deposit before its goods came."""
    if contract.household_id == WITH_DEPOSIT and contract.model is LinkageModel.ORDER:
        return min(at, at_local_midnight(SELLING_FROM))
    return at


def _draw_up(session: Session, drawn: list[Drawn], *, at: datetime) -> Change:
    """Draw up and activate what is not there yet; a contract that exists is left alone."""
    goal = tables.table("linkage_contracts")
    known = set(session.scalars(select(goal.c.code)))
    fresh = [item for item in drawn if item[0].code not in known]
    for contract, versions in fresh:
        households.draw_up_contract(session, contract)
        for effective_from, terms in versions:
            version_id = households.draw_up_version(
                session,
                contract.code,
                terms,
                effective_from=effective_from,
                document_note="样例",
            )
            advances.activate(
                session,
                version_id,
                actor=f"organisation:{contract.organisation_code}",
                at=_begun(contract, at),
            )
    return Change("linkage_contracts", len(fresh), 0, len(drawn) - len(fresh))
