"""Earn, refund, settle, pay and return in any order: every fen is where it must be."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.orm import Session

from kernel.clock import local_date
from ledger import queries as ledger_queries
from ledger import service as ledger
from ledger.models import LedgerEntry
from ledger.values import Line, PostingKind
from payments import queries
from payments import service as payments
from payments.models import SettlementLine, SettlementPeriod
from payments.values import LineState, ReturnReason
from tests.builders.ledger import a_payment, an_earning, an_entry
from tests.builders.settlements import (
    an_answer,
    balance,
    some_accounts,
    some_params,
    some_staff,
)
from workflows import payout_cancelled, payout_run, period_closed

PARTIES = ("coop:C90", "village:V1", "logistics:LOG9")
START = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
PARTY = st.sampled_from(PARTIES)


class Books(RuleBasedStateMachine):
    """Three payees and a model of what each has earned, net of refunds."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.savepoint = connection.begin_nested()
        self.session = Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        self.at = START
        self.count = 0
        self.earned = dict.fromkeys(PARTIES, 0)

    @initialize()
    def begin(self) -> None:
        some_params(self.session)
        some_accounts(self.session, *PARTIES)
        self.one, self.two, self.three = some_staff(self.session)

    def teardown(self) -> None:
        self.session.close()
        self.savepoint.rollback()

    @rule(party=PARTY, minor=st.integers(1, 5_000))
    def earn(self, party: str, minor: int) -> None:
        key = self._next()
        account = f"L:payable:{party}"
        entries = [a_payment(f"pay:{key}", minor, key), an_earning(key, {account: minor}, key)]
        recovery = ledger.recovery_entry(
            self.session,
            [Line(account, -minor)],
            key=f"{key}:set-off",
            source=key,
            effective_at=self.at,
        )
        ledger.post_many(self.session, [*entries, *([recovery] if recovery else [])])
        self.earned[party] += minor

    @rule(party=PARTY, data=st.data())
    def refund(self, party: str, data: st.DataObject) -> None:
        if not self.earned[party]:
            return
        minor = data.draw(st.integers(1, self.earned[party]))
        key = self._next()
        lines = ledger.debits_with_recovery(self.session, [Line(f"L:payable:{party}", minor)])
        entry = an_entry(
            f"refund:{key}:book",
            *((line.account_code, line.minor) for line in lines),
            (f"L:refund:{key}", -minor),
            kind=PostingKind.REFUND_EARNED,
            at=self.at,
        )
        ledger.post(self.session, entry)
        self.earned[party] -= minor

    @rule(late=st.booleans(), cancels=st.booleans())
    def settle(self, late: bool, cancels: bool) -> None:  # noqa: FBT001 -- drawn
        day = local_date(self.at)
        self.at += timedelta(days=1)
        code = payments.open_period(self.session, day, day, by=self.one, at=self.at)
        if late:
            self.earn("coop:C90", 77)
        period_closed.close(self.session, code, at=self.at)
        self._carry(code, cancels=cancels)

    @rule(data=st.data(), fails=st.booleans())
    def answer(self, data: st.DataObject, fails: bool) -> None:  # noqa: FBT001 -- drawn
        lines = self._lines(LineState.INFLIGHT)
        if not lines:
            return
        line = data.draw(st.sampled_from(lines))
        row = an_answer(
            line.code,
            line.number,
            line.amount_minor,
            returned=ReturnReason.OTHER if fails else None,
            on=local_date(self.at),
        )
        for expected in ((1, 0), (0, 1)):
            taken = payout_run.take_answers(
                self.session, line.code, [row], "", by=None, at=self.at
            )
            assert taken == expected

    @rule(data=st.data())
    def return_late(self, data: st.DataObject) -> None:
        lines = self._lines(LineState.PAID)
        if not lines:
            return
        line = data.draw(st.sampled_from(lines))
        self.at += timedelta(days=1)
        row = an_answer(
            line.code,
            line.number,
            line.amount_minor,
            reference=f"LATE-{line.code}-{line.number}",
            returned=ReturnReason.ACCOUNT_CLOSED,
            on=local_date(self.at),
        )
        for expected in ((1, 0), (0, 1)):
            taken = payout_run.take_answers(
                self.session, line.code, [row], "", by=None, at=self.at
            )
            assert taken == expected

    @precondition(lambda self: self._lines(LineState.RETURNED))
    @rule(cancels=st.booleans())
    def reissue(self, cancels: bool) -> None:  # noqa: FBT001 -- drawn
        for owner in {
            line.owner for line in self._lines(LineState.RETURNED) if not line.cleared_at
        }:
            payments.clear_returned(self.session, owner, by=self.one, at=self.at)
        code = payments.open_reissue(self.session, by=self.one, at=self.at)
        period_closed.close(self.session, code, at=self.at)
        self._carry(code, cancels=cancels)

    @invariant()
    def every_fen_is_accounted_for(self) -> None:
        self.session.flush()
        assert self.session.scalar(select(func.sum(LedgerEntry.amount_minor))) in {None, 0}
        for party in PARTIES:
            account = f"L:payable:{party}"
            payable = -balance(self.session, account)
            claim = balance(self.session, f"A:recover:{party}")
            sent = sum(
                line.amount_minor
                for line in self._lines(LineState.INFLIGHT, LineState.PAID)
                if line.owner == party
            )
            assert payable >= 0
            assert claim >= 0
            assert not (payable and claim), "what a party owes is taken from what it is owed"
            assert payable + sent - claim == self.earned[party]

    @invariant()
    def payments_say_what_the_ledger_says(self) -> None:
        paid = sum(line.amount_minor for line in self._lines(LineState.PAID))
        assert balance(self.session, "A:bank:main") == -paid
        codes = {f"L:payout:inflight:{line.code}" for line in self._lines(*LineState)}
        inflight = ledger_queries.list_balances(self.session, sorted(codes))
        assert -sum(inflight.values()) == sum(
            line.amount_minor for line in self._lines(LineState.INFLIGHT)
        )

    def _carry(self, code: str, *, cancels: bool) -> None:
        if not queries.get_period(self.session, code).to_pay_minor:
            return
        payments.propose(self.session, code, by=self.one, at=self.at)
        payout_run.approve(self.session, code, by=self.two, at=self.at)
        payout_run.approve(self.session, code, by=self.three, at=self.at)
        if cancels:
            payout_cancelled.ask(self.session, code, "test", by=self.one, at=self.at)
            payout_cancelled.confirm(self.session, code, by=self.two, at=self.at)
            return
        payout_run.write_file(self.session, code, at=self.at)
        payout_run.submit(self.session, code, by=self.one, at=self.at)

    def _lines(self, *states: LineState) -> list[Row[Any]]:
        line, period = SettlementLine, SettlementPeriod
        return list(
            self.session.execute(
                select(period.code, line.number, line.amount_minor, line.owner, line.cleared_at)
                .join(period, period.id == line.period_id)
                .where(line.state.in_(states))
                .order_by(line.id)
            )
        )

    def _next(self) -> str:
        self.count += 1
        return f"K{self.count}"


def test_no_order_of_events_loses_a_fen(connection: Connection) -> None:
    class Here(Books):
        def __init__(self) -> None:
            super().__init__(connection)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
