"""A household is looked at by right, for a purpose, on record, masked, and not too often."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from households import service
from households.models import IdentityLook, LookAlert
from households.values import HouseholdId, Identity, IdentityField, Looker, Reason
from kernel.audit import AuditRow
from kernel.errors import ConflictError, ForbiddenError, InvalidError, ShanjiError
from kernel.outbox import OutboxRow
from kernel.policy import PolicyParam
from parties import service as parties
from tests.builders.catalog import NOON
from tests.builders.looks import (
    IDENTITY,
    a_look_policy,
    a_reason,
    a_sealed_household,
)
from tests.builders.people import PASSWORD, a_person
from tests.builders.places import VILLAGE, a_seller

OTHER_VILLAGE = "500156204204"
OPERATOR = Looker(person_id=7, is_operator=True)


def lookers() -> dict[str, Looker]:
    return {
        "guest": Looker(person_id=1),
        "village official": Looker(person_id=2, region_codes=frozenset({VILLAGE})),
        "other village": Looker(person_id=3, region_codes=frozenset({OTHER_VILLAGE})),
        "township official": Looker(person_id=4, region_codes=frozenset({VILLAGE[:9]})),
        "district official": Looker(person_id=5, region_codes=frozenset({VILLAGE[:6]})),
        "manager": Looker(person_id=6, organisation_codes=frozenset({"C90"})),
        "other manager": Looker(person_id=8, organisation_codes=frozenset({"C91"})),
        "operator": OPERATOR,
    }


MAY = {
    ("village official", "visit"),
    ("village official", "complaint"),
    ("manager", "membership"),
    ("manager", "complaint"),
    ("operator", "complaint"),
}


@pytest.fixture
def household(session: Session) -> HouseholdId:
    a_look_policy(session)
    found = a_sealed_household(session)
    for code in ("C90", "C91"):
        a_seller(session, code)
    service.join_cooperative(session, found, "C90", on=NOON.date() - timedelta(days=9))
    return found


def count(session: Session, model: type) -> int:
    return session.scalars(select(func.count()).select_from(model)).one()


@pytest.mark.parametrize("purpose", ["visit", "membership", "complaint", "curiosity", ""])
@pytest.mark.parametrize("who", list(lookers()))
def test_only_who_may_looks_and_only_for_their_purposes(
    session: Session, household: HouseholdId, who: str, purpose: str
) -> None:
    looker = lookers()[who]

    if (who, purpose) in MAY:
        service.look(session, household, looker, a_reason(purpose), at=NOON)
    else:
        with pytest.raises((ForbiddenError, InvalidError)):
            service.look(session, household, looker, a_reason(purpose), at=NOON)

    expected = int((who, purpose) in MAY)
    assert count(session, IdentityLook) == count(session, AuditRow) == expected


def test_nobody_can_tell_a_foreign_household_from_one_that_is_not_there(
    session: Session, household: HouseholdId
) -> None:
    looker = lookers()["other village"]
    refusals = []

    for wanted in (household, HouseholdId("H404")):
        with pytest.raises(ShanjiError) as refusal:
            service.look(session, wanted, looker, a_reason("visit"), at=NOON)
        refusals.append((type(refusal.value), refusal.value.code, refusal.value.message))

    assert refusals[0] == refusals[1]


def test_a_member_who_left_is_not_the_manager_s_any_more(
    session: Session, household: HouseholdId
) -> None:
    service.leave_cooperative(session, household, "C90", on=NOON.date() - timedelta(days=1))

    with pytest.raises(ForbiddenError, match="not yours"):
        service.look(session, household, lookers()["manager"], a_reason(), at=NOON)


@pytest.mark.parametrize("words", ["", "   ", "好", "x" * 501])
def test_a_look_without_words_is_refused(
    session: Session, household: HouseholdId, words: str
) -> None:
    reason = Reason(purpose="complaint", words=words)

    with pytest.raises(InvalidError, match="say why"):
        service.look(session, household, OPERATOR, reason, at=NOON)
    assert count(session, IdentityLook) == 0


def test_what_is_not_asked_for_comes_masked(session: Session, household: HouseholdId) -> None:
    shut = service.look(session, household, OPERATOR, a_reason(), at=NOON)
    phone = service.look(
        session, household, OPERATOR, a_reason("complaint", IdentityField.PHONE), at=NOON
    )

    assert shut == Identity(
        name="张**", phone="138****5678", id_number="****1234", bank_account="****0018"
    )
    assert (phone.phone, phone.name) == (IDENTITY.phone, "张**")


def test_the_record_names_the_household_by_number_only(
    session: Session, household: HouseholdId
) -> None:
    reason = Reason(purpose="complaint", words="核对张小明的电话")

    service.look(session, household, OPERATOR, reason, at=NOON)

    row = session.scalars(select(AuditRow)).one()
    assert (row.actor, row.subject, row.purpose) == ("person:7", "household:H1", "complaint")
    assert "张" not in str(row.detail)
    stored = session.execute(text("SELECT words FROM identity_looks")).scalar_one()
    assert "张小明".encode() not in bytes(stored)


def test_the_limit_raises_one_alert_and_asks_for_the_password(
    session: Session, household: HouseholdId
) -> None:
    person = a_person(session, "op")
    operator = Looker(person_id=person, is_operator=True)
    for minute in range(25):
        at = NOON + timedelta(minutes=minute)
        service.look(session, household, operator, a_reason(), at=at)

    with pytest.raises(ForbiddenError) as refusal:
        service.look(session, household, operator, a_reason(), at=NOON + timedelta(minutes=30))

    alert = session.scalars(select(LookAlert)).one()
    assert refusal.value.code == "look_needs_password"
    assert (alert.looker, alert.looks, alert.office) == (operator.code, 25, "platform")
    assert session.scalars(select(OutboxRow.fact)).all() == ["LookLimitReached"]


def test_a_password_proved_again_counts_for_a_while(
    session: Session, household: HouseholdId
) -> None:
    person = a_person(session, "op")
    operator = Looker(person_id=person, is_operator=True)
    for _ in range(25):
        service.look(session, household, operator, a_reason(), at=NOON)
    proved = NOON + timedelta(minutes=5)

    with pytest.raises(ForbiddenError):
        parties.prove_password(session, person, "wrong password", at=proved)
    parties.prove_password(session, person, PASSWORD, at=proved)
    service.look(session, household, operator, a_reason(), at=proved + timedelta(minutes=1))

    with pytest.raises(ForbiddenError):
        service.look(
            session, household, operator, a_reason(), at=proved + timedelta(minutes=16)
        )


def test_looks_of_an_earlier_hour_do_not_count(
    session: Session, household: HouseholdId
) -> None:
    for _ in range(25):
        service.look(session, household, OPERATOR, a_reason(), at=NOON)

    service.look(session, household, OPERATOR, a_reason(), at=NOON + timedelta(minutes=61))


def test_a_payout_batch_is_on_record_and_does_not_count(
    session: Session, household: HouseholdId
) -> None:
    opened = service.open_for_payout(
        session, [household], batch_code="B1", actor="person:7", at=NOON
    )

    assert opened[household].bank_account == IDENTITY.bank_account
    assert opened[household].id_number is None
    look = session.scalars(select(IdentityLook)).one()
    assert (look.purpose, look.is_counted) == ("payout", False)
    assert session.scalars(select(AuditRow.subject)).all() == ["batch:B1"]


def test_an_alert_is_reviewed_once_and_never_by_its_looker(
    session: Session, household: HouseholdId
) -> None:
    for _ in range(25):
        service.look(session, household, OPERATOR, a_reason(), at=NOON)
    alert_id = session.scalars(select(LookAlert.id)).one()

    with pytest.raises(ForbiddenError):
        service.review_alert(session, alert_id, finding="我自己", reviewer="person:7", at=NOON)
    service.review_alert(session, alert_id, finding="已核实", reviewer="person:9", at=NOON)
    with pytest.raises(ConflictError):
        service.review_alert(session, alert_id, finding="再来", reviewer="person:9", at=NOON)


def test_a_look_is_never_changed_nor_removed_before_its_time(
    session: Session, household: HouseholdId
) -> None:
    service.look(session, household, OPERATOR, a_reason(), at=NOON)

    for command in (
        "UPDATE identity_looks SET purpose = 'visit'",
        "DELETE FROM identity_looks",
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(command))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("looks_per_hour", 26),
        ("looks_per_hour", "100"),
        ("disclosure_min_households", 4),
        ("subject_request_working_days", 16),
        ("retention_transaction_years", 2),
    ],
)
def test_a_number_that_protects_people_cannot_be_loosened(
    session: Session, code: str, value: object
) -> None:
    row = PolicyParam(
        code=code, value=value, unit="", valid_from=NOON.date(), basis="", note=""
    )

    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(row)


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    engine = create_engine(fresh_database_url, pool_size=10)
    yield engine
    engine.dispose()


def test_fifty_looks_at_once_let_twenty_five_through_and_raise_one_alert(
    busy: Engine,
) -> None:
    with Session(busy) as session:
        a_look_policy(session)
        household = a_sealed_household(session)
        session.commit()

    def one(_: int) -> str:
        with Session(busy) as session:
            try:
                service.look(session, household, OPERATOR, a_reason(), at=NOON)
                session.commit()
            except ForbiddenError as refusal:
                return refusal.code
            return "seen"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, range(50)))

    with Session(busy) as session:
        assert count(session, LookAlert) == 1
        assert count(session, IdentityLook) == count(session, AuditRow) == 25
    assert (outcomes.count("seen"), outcomes.count("look_needs_password")) == (25, 25)
