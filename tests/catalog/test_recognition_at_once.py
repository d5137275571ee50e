"""Officials who decide at once: one decision stands, and numbers stay without a gap."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from catalog.models import CertificatePaper, RecognitionApplication, RecognitionStep
from catalog.service import recognition as service
from catalog.values.recognition import ApplicationState, Reviewer
from kernel import vault
from kernel.errors import ShanjiError
from parties.values import Role
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON, a_product
from tests.builders.papers import SCAN, Offices, a_form, a_step, a_type, paper_policies, staff
from tests.builders.people import a_person
from tests.builders.places import DISTRICT, a_seller

OFFICIALS, GOODS = 8, 6
AFTER = NOON + timedelta(days=10)
Deed = Callable[[Session], object]


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=OFFICIALS + 1)
    yield engine
    engine.dispose()


def prepared(engine: Engine, goods: int) -> tuple[list[str], list[Reviewer]]:
    """Return applications whose notice runs, and the district's officials."""
    with Session(engine) as session:
        paper_policies(session)
        a_type(session, "RECOGNITION")
        seller, offices = a_seller(session), Offices(session)
        by, codes = staff(session, seller), []
        for _ in range(goods):
            form = a_form(a_product(session, seller_code=seller))
            code = service.hand_in(
                session, form, seller_code=seller, by=by, document=SCAN, at=NOON
            )
            offices.to_notice(code)
            codes.append(code)
        people = [
            a_person(session, f"county-{number}", (Role.OFFICIAL, DISTRICT))
            for number in range(OFFICIALS)
        ]
        session.commit()
    return codes, [Reviewer(person_id=one, regions=frozenset({DISTRICT})) for one in people]


def at_once(engine: Engine, deeds: Sequence[Deed]) -> list[str]:
    """Do everything at the same time; return `done` or the code of the refusal."""
    start = Barrier(len(deeds))

    def carry_out(deed: Deed) -> str:
        start.wait()
        with Session(engine) as session:
            try:
                deed(session)
                session.commit()
            except ShanjiError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(carry_out, deeds))


def approving(code: str, who: Reviewer) -> Deed:
    """Approve an application after its notice."""
    return lambda session: service.approve(session, code, who, a_step(at=AFTER))


def rejecting(code: str, who: Reviewer) -> Deed:
    """Reject an application with its reason."""
    taken = a_step(note="材料不实", at=AFTER)
    return lambda session: service.reject(session, code, who, taken)


def numbers(engine: Engine) -> list[str]:
    """Return the numbers that were given."""
    with Session(engine) as session:
        return sorted(session.scalars(select(CertificatePaper.number)))


def test_one_product_is_recognised_once(busy: Engine) -> None:
    (code,), officials = prepared(busy, 1)

    said = at_once(busy, [approving(code, who) for who in officials])

    assert sorted(said) == ["application_step"] * (OFFICIALS - 1) + ["done"]
    assert numbers(busy) == [f"BF-{DISTRICT}-2026-0001"]


def test_of_an_approval_and_a_rejection_one_stands(busy: Engine) -> None:
    (code,), officials = prepared(busy, 1)
    deeds = [
        (approving if place % 2 else rejecting)(code, who)
        for place, who in enumerate(officials)
    ]

    said = at_once(busy, deeds)

    assert said.count("done") == 1
    with Session(busy) as session:
        state = session.scalars(select(RecognitionApplication.state)).one()
        last = session.scalars(
            select(RecognitionStep.state).order_by(RecognitionStep.number.desc()).limit(1)
        ).one()
    assert state is last
    assert len(numbers(busy)) == (state is ApplicationState.APPROVED)


def test_products_recognised_at_once_get_numbers_without_a_gap(busy: Engine) -> None:
    codes, officials = prepared(busy, GOODS)
    deeds = [approving(code, who) for code, who in zip(codes, officials, strict=False)]

    assert at_once(busy, deeds) == ["done"] * GOODS

    wanted = [f"BF-{DISTRICT}-2026-{serial:04d}" for serial in range(1, GOODS + 1)]
    assert numbers(busy) == wanted


def test_an_objection_that_was_taken_is_never_overlooked(busy: Engine) -> None:
    (code,), officials = prepared(busy, 1)
    objecting: list[Deed] = [
        lambda session: service.object_to(session, code, "名单不实", "", at=NOON)
        for _ in range(4)
    ]
    said = at_once(busy, objecting)
    assert said == ["done"] * 4

    said = at_once(busy, [approving(code, who) for who in officials])

    assert said == ["objection_open"] * OFFICIALS
    assert numbers(busy) == []
