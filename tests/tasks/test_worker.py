"""A worker and a clock catch up with everything, whatever happened to them or to Redis."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, create_engine, func, select
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
from tests.tasks.conftest import OwnRedis, running
from workflows import checkout, order_cancelled, order_paid
from workflows.checkout import CheckoutRequest, PlacedGroup
from workflows.order_cancelled import Refusal

CATCH_UP_SECONDS = 120
FROZEN_SECONDS = 5

pytestmark = pytest.mark.timeout(500)


@pytest.fixture
def engine_there(live_settings: Settings) -> Iterator[Engine]:
    """An engine on the worker's database."""
    vault.use_key(DEMO_VAULT_KEY)
    made = create_engine(live_settings.database_url)
    yield made
    made.dispose()


@pytest.fixture
def sku(engine_there: Engine) -> str:
    """An SKU of a small shop that is open today."""
    with Session(engine_there, expire_on_commit=False) as session:
        return a_shop_of_today(session, on_hand=50).goat.code


class Supervised:
    """A worker that is started again when it ends, as a service manager does in production."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        """Start the worker."""
        self._settings = settings
        self._stack = stack
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = worker_command("celery")[1:]
        return self._stack.enter_context(running(self._settings, "celery", *command))

    def revive(self) -> None:
        """Start the worker again if it has ended."""
        if self._process.poll() is not None:
            self._process = self._start()

    def kill_children(self) -> None:
        """Kill every process of the pool."""
        for child in psutil.Process(self._process.pid).children():
            with suppress(psutil.NoSuchProcess):
                child.kill()


@pytest.fixture
def worker(live_settings: Settings, sku: str) -> Iterator[Supervised]:
    """A worker and a clock on that shop."""
    with ExitStack() as stack:
        stack.enter_context(running(live_settings, "celery", *beat_command("celery")[1:]))
        yield Supervised(live_settings, stack)


def test_a_worker_that_starts_late_catches_up(
    engine_there: Engine, sku: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with Session(engine_there) as session:
        number = a_sale(session, sku).number
        refusal = Refusal("person:1", "test")
        order_cancelled.refund_in_full(session, f"{number}-1", refusal, at=clock.now())
        session.commit()

    worker: Supervised = request.getfixturevalue("worker")

    wait_until_quiet(engine_there, worker)
    letters = sorted(path.stem for path in (tmp_path / "mail").iterdir())
    assert letters == [f"order_paid-{number}", f"order_refunded-{number}-1"]
    with Session(engine_there) as session:
        assert session.scalars(select(Refund.state)).all() == [RefundState.SUCCEEDED]


def test_deaths_and_a_frozen_or_emptied_redis_only_delay(
    engine_there: Engine, sku: str, worker: Supervised, own_redis: OwnRedis, tmp_path: Path
) -> None:
    sold = [sell(engine_there, sku)]
    wait_until_quiet(engine_there, worker)

    worker.kill_children()
    sold.append(sell(engine_there, sku))
    wait_until_quiet(engine_there, worker)

    with own_redis.frozen():
        sold.append(sell(engine_there, sku))
        time.sleep(FROZEN_SECONDS)
    wait_until_quiet(engine_there, worker)

    own_redis.kill()
    sold.append(sell(engine_there, sku))
    own_redis.start_again()
    wait_until_quiet(engine_there, worker)

    letters = sorted(path.stem for path in (tmp_path / "mail").iterdir())
    assert letters == sorted(f"order_paid-{number}" for number in sold)


def sell(engine: Engine, sku: str) -> str:
    with Session(engine) as session:
        group = a_sale(session, sku)
        session.commit()
    return group.number


def a_sale(session: Session, sku: str) -> PlacedGroup:
    at = clock.now()
    request = CheckoutRequest(buyer=GUEST, recipient=WANG, quantities={sku: 1})
    group = checkout.place(session, request, at=at)
    order_paid.settle(session, a_capture(session, group, at=at))
    return group


def wait_until_quiet(engine: Engine, worker: Supervised) -> None:
    """Wait until every fact is told and every transaction sealed."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while not _is_quiet(engine):
        assert time.monotonic() < deadline, "the worker does not catch up"
        worker.revive()
        time.sleep(0.1)


def _is_quiet(engine: Engine) -> bool:
    with Session(engine) as session:
        sealed = session.scalar(select(func.count()).select_from(LedgerChainLink))
        booked = session.scalar(select(func.count()).select_from(LedgerTx))
        return outbox.count_undelivered(session) == 0 and sealed == booked
