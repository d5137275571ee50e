"""The register: histories are kept, identities are sealed, repeating changes nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from households import queries, service
from households.queries import histories
from households.values import (
    OFFICIAL_TERMS,
    Baseline,
    HouseholdCategory,
    HouseholdId,
    Identity,
    Monitoring,
    NewHousehold,
    RiskStatus,
)
from kernel.errors import ConflictError, NotFoundError
from tests.builders.places import VILLAGE, a_place, a_seller

H1 = HouseholdId("H1")
BASELINE = Baseline(
    year=2021,
    wage_minor=2_038_644,
    operating_gross_minor=826_098,
    operating_cost_minor=253_500,
    property_minor=110_053,
    transfer_minor=224_588,
)
IDENTITY = Identity(name="张某某", phone="13800000000", id_number="500156", bank_account="6222")


def a_new_household(household_id: HouseholdId = H1, **changes: Any) -> NewHousehold:
    values: dict[str, Any] = {
        "id": household_id,
        "village_code": VILLAGE,
        "members": 3,
        "labour": 1,
        "registered_on": date(2021, 1, 1),
        "category": OFFICIAL_TERMS["脱贫户"],
    }
    return NewHousehold(**(values | changes))


def registered(session: Session, *households: NewHousehold) -> list[HouseholdId]:
    a_place(session, VILLAGE)
    return service.register_households(session, households or [a_new_household()])


def test_a_household_is_registered_with_its_histories(session: Session) -> None:
    a_seller(session, "C90")
    monitoring = Monitoring(
        risk_type="因病", recognised_on=date(2021, 8, 3), status=RiskStatus.MONITORING
    )
    household = a_new_household(
        category=HouseholdCategory.BORDERLINE,
        baselines=[BASELINE],
        monitoring=[monitoring],
        cooperative_codes=["C90"],
        is_relocated=True,
    )

    registered(session, household)

    before = queries.find_household(session, H1, on=date(2021, 8, 2))
    since = queries.find_household(session, H1, on=date(2021, 8, 3))
    assert before is not None
    assert since is not None
    assert (before.is_monitored, since.is_monitored) == (False, True)
    assert (since.category, since.is_relocated) == (HouseholdCategory.BORDERLINE, True)
    assert since.village_name == f"village-{VILLAGE}"
    assert queries.find_household(session, HouseholdId("H404"), on=date(2022, 1, 1)) is None


def test_the_net_income_of_a_year_is_four_classes_less_cost() -> None:
    assert BASELINE.net_minor // 3 == 981_961


def test_registering_again_changes_nothing(session: Session) -> None:
    first = registered(session, a_new_household())

    again = registered(session, a_new_household(members=9), a_new_household(HouseholdId("H2")))

    card = queries.find_household(session, H1, on=date(2022, 1, 1))
    periods = session.execute(text("SELECT count(*) FROM household_categories")).scalar_one()
    assert (first, again) == (["H1"], ["H2"])
    assert card is not None
    assert card.members == 3
    assert periods == 2
    assert service.register_households(session, []) == []


def test_any_number_of_households_takes_a_handful_of_statements(
    session: Session, statements: list[str]
) -> None:
    a_place(session, VILLAGE)
    households = [
        a_new_household(HouseholdId(f"H{n:04}"), baselines=[BASELINE]) for n in range(50)
    ]
    statements.clear()

    service.register_households(session, households)

    assert len(statements) <= 3


def test_an_identity_never_reaches_the_database_in_clear(session: Session) -> None:
    registered(session)

    service.seal_identity(session, H1, IDENTITY)

    row = session.execute(text("SELECT * FROM household_identities")).one()
    stored = b"".join(bytes(value) for value in row[1:] if value is not None)
    for secret in ("张某某", "13800000000", "500156", "6222"):
        assert secret.encode() not in stored
    assert service.open_own_identity(session, H1) == IDENTITY


def test_a_new_identity_replaces_the_one_before(session: Session) -> None:
    registered(session)
    service.seal_identity(session, H1, IDENTITY)

    service.seal_identities(session, {H1: Identity(name="李某某")})
    service.seal_identities(session, {})

    assert service.open_own_identity(session, H1) == Identity(name="李某某")
    assert service.open_own_identity(session, HouseholdId("H404")) is None


def test_a_category_changes_on_a_day_and_the_earlier_one_is_kept(session: Session) -> None:
    registered(session)
    change = {"on": date(2026, 1, 1), "basis": "2026 reclassification"}

    service.change_category(session, H1, HouseholdCategory.GENERAL, **change)  # type: ignore[arg-type]  # mixed values
    service.change_category(session, H1, HouseholdCategory.GENERAL, **change)  # type: ignore[arg-type]  # mixed values

    found = [
        queries.find_household(session, H1, on=day)
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    ]
    assert [card and card.category for card in found] == [
        HouseholdCategory.LIFTED,
        HouseholdCategory.GENERAL,
    ]


def test_categories_change_in_order_of_time(session: Session) -> None:
    registered(session)

    with pytest.raises(ConflictError) as refusal:
        service.change_category(session, H1, HouseholdCategory.GENERAL, on=date(2021, 1, 1))

    assert refusal.value.code == "category_out_of_order"


def test_a_risk_is_recognised_once_and_ends(session: Session) -> None:
    registered(session)
    for _ in range(2):
        service.recognise_risk(session, H1, risk_type="因灾", on=date(2024, 5, 1))

    service.eliminate_risk(session, H1, on=date(2025, 5, 1))

    days = (date(2024, 5, 1), date(2025, 4, 30), date(2025, 5, 1))
    cards = [queries.find_household(session, H1, on=day) for day in days]
    assert [card and card.is_monitored for card in cards] == [True, True, False]
    with pytest.raises(NotFoundError):
        service.eliminate_risk(session, H1, on=date(2025, 5, 2))


def test_a_membership_ends_before_it_begins_again(session: Session) -> None:
    registered(session)
    a_seller(session, "C90")
    service.join_cooperative(session, H1, "C90", on=date(2024, 1, 1))

    with pytest.raises(ConflictError):
        service.join_cooperative(session, H1, "C90", on=date(2024, 6, 1))
    service.leave_cooperative(session, H1, "C90", on=date(2024, 12, 31))
    service.join_cooperative(session, H1, "C90", on=date(2025, 1, 1))

    with pytest.raises(NotFoundError):
        service.leave_cooperative(session, H1, "C404", on=date(2025, 1, 1))


def test_a_baseline_of_a_year_is_replaced_by_the_corrected_one(session: Session) -> None:
    registered(session)
    for wage in (1, 2):
        corrected = Baseline(
            year=2022,
            wage_minor=wage,
            operating_gross_minor=0,
            operating_cost_minor=0,
            property_minor=0,
            transfer_minor=0,
        )
        service.record_baseline(session, H1, corrected)

    wages = session.scalars(text("SELECT wage_minor FROM household_baselines")).all()
    assert wages == [2]


def test_what_was_declared_before_stays_beside_what_holds_now(session: Session) -> None:
    registered(session, a_new_household(H1, baselines=[BASELINE]))
    session.execute(text("UPDATE household_baselines SET recorded_at = '2022-01-01Z'"))

    service.record_baseline(session, H1, BASELINE)
    service.record_baseline(session, H1, replace(BASELINE, wage_minor=1))

    wages = session.scalars(
        text("SELECT wage_minor FROM household_baselines ORDER BY recorded_at")
    ).all()
    assert wages == [BASELINE.wage_minor, 1]
    (told,) = histories.list_baselines(session, H1)
    assert told.wage_minor == 1
