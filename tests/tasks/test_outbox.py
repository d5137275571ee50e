"""Facts are told until their reactions have succeeded, and a death loses none of them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from kernel import clock, outbox
from kernel.outbox import OutboxRow
from ledger.models import LedgerEntry
from orders.events import OrderPaid
from payments.models import Refund
from payments.values import RefundState
from shop.tasks import outbox as relay_task
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device, an_upload
from tests.builders.letters import WANG, MailServer
from tests.builders.sales import GUEST, a_capture, a_world
from workflows import checkout, order_cancelled, order_delivered, order_paid, order_shipped
from workflows.checkout import CheckoutRequest, PlacedGroup
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

ACTOR = "person:1"
LATER = NOON + timedelta(hours=6)


class KilledError(BaseException):
    """Stands for a worker that dies: nothing of ours catches it."""


def a_paid_order(session: Session) -> PlacedGroup:
    """Make an order of one goat, paid by somebody who can be written to."""
    world = a_world(session)
    request = CheckoutRequest(buyer=GUEST, recipient=WANG, quantities={world.goat.code: 1})
    group = checkout.place(session, request, at=NOON)
    order_paid.settle(session, a_capture(session, group))
    session.commit()
    return group


def test_a_fact_is_told_and_then_left_alone(session: Session, spool: Path) -> None:
    group = a_paid_order(session)

    assert relay_task.relay() == 1
    assert relay_task.relay() == 0
    assert names(spool) == [f"order_paid-{group.number}.eml"]
    assert outbox.count_undelivered(session) == 0


def test_a_fact_told_twice_has_one_effect(session: Session, spool: Path) -> None:
    group = a_paid_order(session)
    order_cancelled.refund_in_full(
        session, f"{group.number}-1", Refusal(ACTOR, "test"), at=NOON
    )
    session.commit()
    relay_task.relay()
    before = figures(session), names(spool)
    session.execute(update(OutboxRow).values(delivered_at=None))
    let_leases_run_out(session)

    assert relay_task.relay() == 3
    assert (figures(session), names(spool)) == before
    assert session.scalars(select(Refund.state)).all() == [RefundState.SUCCEEDED]


def test_a_worker_that_dies_while_telling_loses_nothing(
    session: Session, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = a_paid_order(session)
    with monkeypatch.context() as border:
        border.setattr(Path, "write_bytes", dies)
        with pytest.raises(KilledError):
            relay_task.relay()

    assert relay_task.relay() == 0, "the dead relay's lease still holds"
    let_leases_run_out(session)
    assert relay_task.relay() == 1
    assert names(spool) == [f"order_paid-{group.number}.eml"]


def test_a_worker_that_dies_after_telling_tells_again_without_harm(
    session: Session, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_paid_order(session)
    with monkeypatch.context() as border:
        border.setattr(clock, "now", once_then_die())
        with pytest.raises(KilledError):
            relay_task.relay()
    let_leases_run_out(session)
    relay_task.relay()

    first, second = mail_server.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert outbox.count_undelivered(session) == 0


def test_a_failing_reaction_is_put_off_longer_each_time(session: Session, spool: Path) -> None:
    a_paid_order(session)
    spool.write_text("a file where the folder should be")
    waits = []
    for _ in range(4):
        let_leases_run_out(session)
        before = clock.now()
        relay_task.relay()
        row = only_row(session)
        waits.append(round((row.next_try_at - before).total_seconds()))

    assert waits == [2, 4, 8, 16]
    assert row.attempts == 4
    assert row.last_error is not None
    assert "tell_paid" in row.last_error


def test_a_fact_that_fails_stands_in_nobodys_way(session: Session, spool: Path) -> None:
    outbox.record(session, OrderPaid(occurred_at=NOON, group_number="WL260101-NOBODY22"))
    group = a_paid_order(session)

    assert relay_task.relay() == 1
    assert names(spool) == [f"order_paid-{group.number}.eml"]
    assert outbox.count_undelivered(session) == 1


def test_what_succeeded_is_not_repeated_because_something_else_failed(
    session: Session, mail_server: MailServer
) -> None:
    group = a_paid_order(session)
    number = f"{group.number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor=ACTOR, at=NOON)
    order_shipped.ship(session, number, HandOver(actor=ACTOR, device_code=logger), at=NOON)
    order_delivered.deliver(session, number, Receipt("person:2", "recipient"), at=LATER)
    cold_chain.ingest_block(session, an_upload([2.0, 3.0]))
    session.execute(
        text("ALTER TABLE evaluations ADD CONSTRAINT no_room CHECK (false) NOT VALID")
    )
    session.commit()
    relay_task.relay()
    session.execute(text("ALTER TABLE evaluations DROP CONSTRAINT no_room"))
    session.commit()
    let_leases_run_out(session)
    relay_task.relay()

    subjects = [str(letter["Subject"]) for letter in mail_server.letters]
    assert len([subject for subject in subjects if "已送达" in subject]) == 1
    assert outbox.count_undelivered(session) == 0


def test_a_fact_of_another_version_waits_for_it(session: Session, spool: Path) -> None:
    session.add(OutboxRow(fact="OrderTeleported", payload={}, occurred_at=NOON))
    session.commit()

    assert relay_task.relay() == 0
    assert "no row for OrderTeleported" in (only_row(session).last_error or "")


def dies(*_given: object) -> None:
    raise KilledError


def once_then_die() -> Callable[[], object]:
    moments = iter([clock.now()])

    def now() -> object:
        try:
            return next(moments)
        except StopIteration:
            raise KilledError from None

    return now


def let_leases_run_out(session: Session) -> None:
    session.execute(update(OutboxRow).values(next_try_at=clock.now()))
    session.commit()


def only_row(session: Session) -> OutboxRow:
    session.expire_all()
    return session.scalars(select(OutboxRow)).one()


def figures(session: Session) -> tuple[int | None, int | None]:
    total = func.sum(func.abs(LedgerEntry.amount_minor))
    row = session.execute(select(func.count(), total)).one()
    return row[0], row[1]


def names(spool: Path) -> list[str]:
    return sorted(path.name for path in spool.iterdir())
