"""Contracts: checked before they hold, dated, never changed, never two at once."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from households import queries, service
from households.values import (
    HouseholdId,
    IncomeClass,
    LinkageModel,
    NewContract,
)
from kernel.errors import ConflictError, InvalidError, NotFoundError
from kernel.policy import PolicyParam
from parties.values import OrganisationKind
from tests.builders.catalog import NOON
from tests.builders.households import DEMIN, SELLER, a_contract
from tests.builders.places import a_household, a_seller

EVEN = {"fee_bp": 0, "ratios": {"HHPOT": "1/2", "COOP": "1/2"}}
RENT = {"area_mu_x100": 650, "rent_fen_per_mu_year": 50_000}
CODE = f"{SELLER}-CONSIGN"


def a_policy(session: Session, code: str, value: int) -> None:
    session.add(
        PolicyParam(
            code=code,
            value=value,
            unit="basis points",
            valid_from=date(2020, 1, 1),
            basis="test",
            note="",
        )
    )
    session.flush()


def a_draft(session: Session, terms: dict[str, Any], **changes: Any) -> Any:
    """Draw up a contract of H1 with the seller and a draft of its terms."""
    a_seller(session, SELLER)
    a_household(session, "H1")
    values: dict[str, Any] = {
        "code": "K1",
        "organisation_code": SELLER,
        "model": LinkageModel.RENT,
        "household_id": HouseholdId("H1"),
    }
    service.draw_up_contract(session, NewContract(**(values | changes)))
    return service.draw_up_version(session, "K1", terms, effective_from=date(2025, 1, 1))


def test_terms_hold_from_their_first_day_to_the_day_before_the_next(session: Session) -> None:
    first = a_contract(session, DEMIN, effective_from=date(2025, 1, 1))
    second = a_contract(session, EVEN, effective_from=date(2026, 3, 1))

    found = {
        day: queries.find_terms(session, [SELLER, "C404"], on=day)
        for day in (date(2024, 12, 31), date(2026, 2, 28), date(2026, 3, 1))
    }

    versions = [
        terms[SELLER].contract_version_id if SELLER in terms else None
        for terms in found.values()
    ]
    assert versions == [None, first, second]
    newest, oldest = queries.find_contract(session, CODE)
    assert (oldest.effective_to, newest.effective_to) == (date(2026, 2, 28), None)
    assert (oldest.version, newest.version) == (1, 2)


def test_a_draft_attributes_nothing_until_it_is_activated(session: Session) -> None:
    a_contract(session)
    service.draw_up_version(session, CODE, EVEN, effective_from=date(2025, 6, 1))

    terms = queries.find_terms(session, [SELLER], on=date(2026, 1, 1))[SELLER]

    assert terms.terms.fee_bp == 300
    rows = queries.list_contracts(session, SELLER, on=date(2026, 1, 1))
    assert [(row.version, row.activated_at is None) for row in rows] == [(1, False), (2, True)]


def test_activating_twice_changes_nothing(session: Session) -> None:
    version = a_contract(session)

    service.activate_version(session, version, at=NOON)

    assert queries.find_contract(session, CODE)[0].effective_to is None


def test_periods_of_one_contract_never_overlap(session: Session) -> None:
    later = a_contract(session, effective_from=date(2026, 1, 1))
    draft = service.draw_up_version(session, CODE, EVEN, effective_from=date(2025, 1, 1))

    with pytest.raises(ConflictError) as refusal:
        service.activate_version(session, draft, at=NOON)

    assert refusal.value.code == "contract_period_overlaps"
    assert (
        queries.find_terms(session, [SELLER], on=date(2026, 1, 1))[SELLER].contract_version_id
        == later
    )


def test_a_version_can_be_ended_but_not_before_it_begins(session: Session) -> None:
    version = a_contract(session, effective_from=date(2025, 1, 1))

    with pytest.raises(ConflictError):
        service.end_version(session, version, last_day=date(2024, 12, 31))
    service.end_version(session, version, last_day=date(2025, 12, 31))

    assert queries.find_terms(session, [SELLER], on=date(2026, 1, 1)) == {}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contract_versions SET terms = '{}'",
        "UPDATE contract_versions SET effective_from = '2020-01-01'",
        "UPDATE contract_versions SET activated_at = NULL",
        "DELETE FROM contract_versions",
    ],
)
def test_an_activated_version_is_never_changed(session: Session, change: str) -> None:
    a_contract(session)

    with pytest.raises(DBAPIError, match="can only be ended"):
        session.execute(text(change))


def test_a_seller_has_one_contract_with_all_its_producers(session: Session) -> None:
    a_contract(session)
    another = NewContract(code="other", organisation_code=SELLER, model=LinkageModel.CONSIGN)

    with pytest.raises(ConflictError) as refusal:
        service.draw_up_contract(session, another)

    assert refusal.value.code == "contract_exists"


def test_terms_that_cannot_be_carried_out_never_become_a_draft(session: Session) -> None:
    a_contract(session)
    pingchang = {"fee_bp": 0, "ratios": {"HHPOT": "0.2", "VILLAGE": "0.1", "COOP": "0.8"}}

    with pytest.raises(InvalidError) as refusal:
        service.draw_up_version(session, CODE, pingchang, effective_from=date(2027, 1, 1))

    assert refusal.value.code == "ratios_do_not_sum"
    assert refusal.value.params["total"] == "11/10"


def test_a_village_collective_cannot_draw_up_a_share_for_itself(session: Session) -> None:
    a_seller(session, "C91", kind=OrganisationKind.VILLAGE_COLLECTIVE)

    with pytest.raises(InvalidError) as refusal:
        a_contract(session, DEMIN, seller="C91")

    assert refusal.value.code == "circular_party"


def test_the_legal_floor_of_patronage_is_a_dated_parameter(session: Session) -> None:
    contract = {"model": LinkageModel.PATRONAGE}
    with pytest.raises(NotFoundError), session.begin_nested():
        a_draft(session, {"refund_bp": 6_000}, **contract)
    a_policy(session, "coop_patronage_floor_bp", 6_000)
    a_draft(session, {"refund_bp": 6_000}, **contract)

    with pytest.raises(InvalidError) as refusal:
        service.draw_up_version(
            session, "K1", {"refund_bp": 5_999}, effective_from=date(2026, 1, 1)
        )

    assert refusal.value.code == "below_legal_floor"


def test_the_band_of_asset_rates_is_a_dated_parameter(session: Session) -> None:
    a_policy(session, "asset_floor_rate_min_bp", 600)
    a_policy(session, "asset_floor_rate_max_bp", 1_000)
    terms = {"household_bp": 10_000, "public_bp": 0, "reserve_bp": 0, "floor_rate_bp": 500}

    with pytest.raises(InvalidError) as refusal:
        a_draft(session, terms, model=LinkageModel.ASSET)

    assert refusal.value.code == "outside_policy_band"


def test_a_contract_is_counted_in_the_income_class_of_its_model(session: Session) -> None:
    version = a_draft(session, RENT)
    service.activate_version(session, version, at=NOON)

    (row,) = queries.list_household_contracts(session, HouseholdId("H1"), on=date(2026, 1, 1))

    assert (row.model, row.income_class) == (LinkageModel.RENT, IncomeClass.PROPERTY)
    assert (
        queries.list_household_contracts(session, HouseholdId("H1"), on=date(2024, 1, 1)) == []
    )


def test_another_income_class_can_be_agreed(session: Session) -> None:
    a_draft(session, RENT, income_class=IncomeClass.OPERATING)

    (row,) = queries.find_contract(session, "K1")
    assert row.income_class is IncomeClass.OPERATING


def test_what_does_not_exist_is_not_found(session: Session) -> None:
    with pytest.raises(NotFoundError):
        service.draw_up_version(session, "K404", RENT, effective_from=date(2026, 1, 1))
    with pytest.raises(NotFoundError):
        service.activate_version(session, 404, at=NOON)  # type: ignore[arg-type]  # any number
    assert queries.find_contract(session, "K404") == []


def test_a_weight_belongs_to_a_household_of_the_register(session: Session) -> None:
    terms = {"reserve_bp": 0, "collective_share_bp": 0, "shares": {"H1": 1, "H404": 1}}

    with pytest.raises(InvalidError) as refusal:
        a_draft(session, terms, model=LinkageModel.EQUITY)

    assert refusal.value.code == "weight_household_unknown"
    assert refusal.value.params["household"] == "H404"


def test_the_least_pay_of_relief_work_is_a_dated_parameter(session: Session) -> None:
    a_policy(session, "relief_labour_floor_bp", 1_000)
    a_policy(session, "relief_labour_floor_special_bp", 1_500)
    terms = {"subsidy_fen": 5_000_000, "special_fund": True, "labour_bp": 1_499}

    with pytest.raises(InvalidError) as refusal:
        a_draft(session, terms, model=LinkageModel.RELIEFWORK)

    assert refusal.value.code == "relief_pay_too_low"
    assert refusal.value.params["percent"] == "15"
