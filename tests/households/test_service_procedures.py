"""Procedures as recorded: the service and the database both keep the order of the steps."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from households import queries, service
from households.models import Procedure, ProcedureStep
from households.queries import histories, procedures
from households.values import (
    STEPS,
    HouseholdCategory,
    HouseholdId,
    NewProcedure,
    ProcedureId,
    ProcedureKind,
    ProcedureState,
    RiskStatus,
    StepRecord,
)
from kernel.errors import ConflictError, InvalidError, NotFoundError, ShanjiError
from tests.builders.catalog import NOON, TODAY
from tests.builders.register import a_registered, the_terms

DISTRICT = 6
DAYS = st.integers(0, 40)


@pytest.fixture
def household(session: Session) -> HouseholdId:
    the_terms(session)
    return a_registered(session)


def recognition(household_id: HouseholdId, **changes: object) -> NewProcedure:
    values: dict[str, object] = {"risk_type": "因病", "category": HouseholdCategory.AT_RISK}
    return NewProcedure(
        household_id=household_id,
        kind=ProcedureKind.RECOGNITION,
        **(values | changes),  # type: ignore[arg-type]
    )


def opened(session: Session, household_id: HouseholdId) -> ProcedureId:
    return service.open_procedure(
        session, recognition(household_id), actor="person:1", at=NOON - timedelta(days=60)
    )


def a_record(number: int, *, kind: ProcedureKind = ProcedureKind.RECOGNITION) -> StepRecord:
    on = TODAY - timedelta(days=40 - 3 * number)
    has_notice = STEPS[kind][number - 1] == "village_review"
    return StepRecord(
        done_on=on,
        done_by="村委会",
        paper="档案柜",
        notice_until=on + timedelta(days=2) if has_notice else None,
    )


def record(
    session: Session,
    procedure_id: ProcedureId,
    number: int,
    *,
    kind: ProcedureKind = ProcedureKind.RECOGNITION,
    actor: str = "person:1",
) -> ProcedureState:
    return service.record_step(
        session,
        procedure_id,
        number,
        a_record(number, kind=kind),
        actor=actor,
        scope_digits=DISTRICT,
        at=NOON,
    )


def test_the_last_step_puts_the_household_where_the_decision_says(
    session: Session, household: HouseholdId
) -> None:
    procedure_id = opened(session, household)

    states = [record(session, procedure_id, number) for number in range(1, 7)]

    assert states == [ProcedureState.OPEN] * 5 + [ProcedureState.COMPLETED]
    card = queries.find_household(session, household, on=TODAY)
    assert card is not None
    assert (card.category, card.is_monitored) == (HouseholdCategory.AT_RISK, True)
    assert histories.list_risks(session, household)[0].risk_type == "因病"
    decided = a_record(6).done_on
    assert histories.list_categories(session, household)[1].valid_to == decided - timedelta(1)


def test_five_steps_end_a_risk_and_keep_the_category(session: Session) -> None:
    the_terms(session)
    household = a_registered(session, monitored=True)
    new = NewProcedure(household_id=household, kind=ProcedureKind.ELIMINATION)
    procedure_id = service.open_procedure(session, new, actor="person:1", at=NOON)

    for number in range(1, 6):
        record(session, procedure_id, number, kind=ProcedureKind.ELIMINATION)

    (risk,) = histories.list_risks(session, household)
    assert risk.status is RiskStatus.ELIMINATED
    assert risk.eliminated_on == a_record(5, kind=ProcedureKind.ELIMINATION).done_on
    assert len(histories.list_categories(session, household)) == 1


def test_opening_the_same_procedure_again_returns_it(
    session: Session, household: HouseholdId
) -> None:
    assert opened(session, household) == opened(session, household)


def test_a_monitored_household_is_not_recognised_again(session: Session) -> None:
    the_terms(session)
    household = a_registered(session, monitored=True)

    with pytest.raises(ConflictError, match="monitored already"):
        opened(session, household)


def test_only_an_open_risk_can_be_ended(session: Session, household: HouseholdId) -> None:
    new = NewProcedure(household_id=household, kind=ProcedureKind.ELIMINATION)

    with pytest.raises(NotFoundError):
        service.open_procedure(session, new, actor="person:1", at=NOON)


@pytest.mark.parametrize("category", [None, HouseholdCategory.LIFTED])
def test_recognition_needs_a_monitored_category_in_force(
    session: Session, household: HouseholdId, category: HouseholdCategory | None
) -> None:
    old = HouseholdCategory.BORDERLINE

    for wrong in (category, old):
        with pytest.raises(InvalidError):
            service.open_procedure(
                session, recognition(household, category=wrong), actor="person:1", at=NOON
            )


def test_the_same_record_by_the_same_person_changes_nothing(
    session: Session, household: HouseholdId
) -> None:
    procedure_id = opened(session, household)
    record(session, procedure_id, 1)
    record(session, procedure_id, 1)

    with pytest.raises(ConflictError) as refused:
        record(session, procedure_id, 1, actor="person:2")

    assert refused.value.code == "step_recorded_already"
    assert session.scalar(select(func.count()).select_from(ProcedureStep)) == 1


def test_a_cancelled_procedure_keeps_its_steps_and_takes_no_more(
    session: Session, household: HouseholdId
) -> None:
    procedure_id = opened(session, household)
    record(session, procedure_id, 1)

    with pytest.raises(InvalidError):
        service.cancel_procedure(session, procedure_id, reason=" ", actor="person:1", at=NOON)
    for _ in range(2):
        service.cancel_procedure(
            session, procedure_id, reason="评议未通过", actor="person:1", at=NOON
        )
    with pytest.raises(ConflictError) as refused:
        record(session, procedure_id, 2)

    assert refused.value.code == "procedure_closed"
    assert len(procedures.get_procedure(session, procedure_id).steps) == 1
    assert opened(session, household) != procedure_id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE procedure_steps SET done_by = 'x'",
        "DELETE FROM procedure_steps",
        "TRUNCATE procedure_steps",
        "DELETE FROM procedures",
        "UPDATE procedures SET state = 'completed', closed_at = now()",
        "UPDATE procedures SET kind = 'elimination', category = NULL",
    ],
)
def test_the_database_keeps_what_was_recorded(
    session: Session, household: HouseholdId, statement: str
) -> None:
    record(session, opened(session, household), 1)

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(statement))


def test_two_officials_recording_one_step_leave_one(fresh_database_url: str) -> None:
    engine = create_engine(fresh_database_url)
    with Session(engine) as setup, setup.begin():
        the_terms(setup)
        procedure_id = opened(setup, a_registered(setup))
    barrier, outcomes = Barrier(8), []

    def act(person: int) -> None:
        with Session(engine) as session:
            barrier.wait()
            try:
                record(session, procedure_id, 1, actor=f"person:{person}")
                session.commit()
                outcomes.append("done")
            except ConflictError as error:
                outcomes.append(error.code)

    threads = [Thread(target=act, args=(person,)) for person in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()

    assert sorted(outcomes) == ["done"] + ["step_recorded_already"] * 7


class Recording(RuleBasedStateMachine):
    """Officials record, cancel and meddle in any order; the model knows what may stay."""

    engine: Engine

    def __init__(self) -> None:
        """Open a transaction that is rolled back at the end."""
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(
            self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        self.steps: list[tuple[date, date | None]] = []
        self.state = ProcedureState.OPEN

    @initialize(kind=st.sampled_from(ProcedureKind))
    def begin(self, kind: ProcedureKind) -> None:
        self.kind = kind
        is_monitored = kind is ProcedureKind.ELIMINATION
        the_terms(self.session)
        self.household = a_registered(self.session, monitored=is_monitored)
        category = None if is_monitored else HouseholdCategory.AT_RISK
        self.procedure_id = service.open_procedure(
            self.session,
            NewProcedure(household_id=self.household, kind=kind, category=category),
            actor="person:1",
            at=datetime(2026, 1, 2, tzinfo=UTC),
        )

    @rule(number=st.integers(0, 7), day=DAYS, notice=st.none() | st.integers(-2, 6))
    def record(self, number: int, day: int, notice: int | None) -> None:
        on = date(2026, 4, 20) + timedelta(days=day)
        until = None if notice is None else on + timedelta(days=notice)
        filled = StepRecord(done_on=on, notice_until=until, done_by="甲", paper="乙")
        try:
            with self.session.begin_nested():
                self.state = service.record_step(
                    self.session,
                    self.procedure_id,
                    number,
                    filled,
                    actor="person:1",
                    scope_digits=DISTRICT,
                    at=datetime(2026, 5, 25, tzinfo=UTC),
                )
        except ShanjiError:
            return
        if number > len(self.steps):
            self.steps.append((on, until))

    @rule(number=st.integers(0, 7), day=DAYS, step=st.sampled_from(STEPS["recognition"]))  # type: ignore[index]
    def meddle(self, number: int, day: int, step: str) -> None:
        on = date(2026, 4, 20) + timedelta(days=day)
        until = on if step == "village_review" else None
        row = ProcedureStep(
            procedure_id=self.procedure_id,
            number=number,
            step=step,
            done_on=on,
            notice_until=until,
            done_by="甲",
            paper="乙",
            recorded_by="nobody",
            recorded_at=NOON,
        )
        free_from = max((end or begun for begun, end in self.steps), default=on)
        fits = (
            self.state is ProcedureState.OPEN
            and number == len(self.steps) + 1 <= len(STEPS[self.kind])
            and STEPS[self.kind][number - 1] == step
            and on >= free_from
        )
        try:
            with self.session.begin_nested():
                self.session.add(row)
                self.session.flush()
        except IntegrityError:
            assert not fits
            return
        assert fits
        self.steps.append((on, until))

    @rule()
    def cancel(self) -> None:
        if len(self.steps) % 3 != 2:
            return
        try:
            service.cancel_procedure(
                self.session, self.procedure_id, reason="撤回", actor="person:1", at=NOON
            )
        except ConflictError:
            return
        self.state = ProcedureState.CANCELLED

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "procedure_id"):
            return
        found = procedures.get_procedure(self.session, self.procedure_id)
        assert [(row.done_on, row.notice_until) for row in found.steps] == self.steps
        assert [row.step for row in found.steps] == list(STEPS[self.kind])[: len(self.steps)]
        assert found.state is self.state
        if self.state is ProcedureState.COMPLETED:
            assert len(self.steps) == len(STEPS[self.kind])

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.session.close()
        self.outer.rollback()
        self.connection.close()


@pytest.fixture
def machine(engine: Engine) -> type[Recording]:
    class Bound(Recording):
        pass

    Bound.engine = engine
    return Bound


def test_no_sequence_of_acts_breaks_the_order(machine: type[Recording]) -> None:
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(max_examples=25, stateful_step_count=20, deadline=None),
    )


def test_one_procedure_at_a_time(session: Session, household: HouseholdId) -> None:
    opened(session, household)
    second = Procedure(
        household_id=household,
        kind=ProcedureKind.ELIMINATION,
        state=ProcedureState.OPEN,
        opened_by="x",
        opened_at=NOON,
    )
    session.add(second)

    with pytest.raises(IntegrityError):
        session.flush()
