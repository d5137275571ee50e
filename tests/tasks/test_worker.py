"""A worker and a clock that start late catch up with everything."""

import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from kernel import clock, outbox, vault
from ledger.models import LedgerChainLink, LedgerTx
from payments.models import Refund
from payments.values import RefundState
from shop.queues import beat_command, worker_command
from shop.settings import DEMO_VAULT_KEY, Settings
from tests.builders.api import a_shop_of_today
from tests.builders.letters import WANG
from tests.builders.sales import GUEST, a_capture
from tests.tasks.conftest import running
from workflows import checkout, order_cancelled, order_paid
from workflows.checkout import CheckoutRequest
from workflows.order_cancelled import Refusal

CATCH_UP_SECONDS = 60


@pytest.mark.timeout(180)
def test_a_worker_that_starts_late_catches_up(live_settings: Settings, tmp_path: Path) -> None:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(live_settings.database_url)
    with Session(engine, expire_on_commit=False) as session:
        number = _a_busy_day(session)
        session.commit()

    worker, beat = worker_command("celery")[1:], beat_command("celery")[1:]
    with (
        running(live_settings, "celery", *worker),
        running(live_settings, "celery", *beat),
        Session(engine) as session,
    ):
        deadline = time.monotonic() + CATCH_UP_SECONDS
        while not _is_quiet(session):
            assert time.monotonic() < deadline, "the worker does not catch up"
            time.sleep(0.2)
            session.rollback()
        letters = sorted(path.stem for path in (tmp_path / "mail").iterdir())
        refunds = session.scalars(select(Refund.state)).all()
    engine.dispose()

    assert letters == [f"order_paid-{number}", f"order_refunded-{number}-1"]
    assert refunds == [RefundState.SUCCEEDED]


def _a_busy_day(session: Session) -> str:
    """Make an order that was paid and taken back; return its number."""
    world = a_shop_of_today(session)
    request = CheckoutRequest(buyer=GUEST, recipient=WANG, quantities={world.goat.code: 1})
    group = checkout.place(session, request, at=clock.now())
    order_paid.settle(session, a_capture(session, group, at=clock.now()))
    refusal = Refusal("person:1", "test")
    order_cancelled.refund_in_full(session, f"{group.number}-1", refusal, at=clock.now())
    return group.number


def _is_quiet(session: Session) -> bool:
    """Say whether every fact is told and every transaction sealed."""
    sealed = session.scalar(select(func.count()).select_from(LedgerChainLink))
    booked = session.scalar(select(func.count()).select_from(LedgerTx))
    return outbox.count_undelivered(session) == 0 and sealed == booked
