"""The queue of exceptions in the console: shown, asked, confirmed once, on record."""

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.audit import AuditRow
from orders.models import OrderGroup
from orders.values import GroupState
from payments import service as payments
from payments.models import Misfit, PaymentEvent, Refund
from payments.values import EventStatus, MisfitKind, Provider
from tests.builders.people import a_browser
from tests.builders.sales import a_capture, a_group
from tests.console.conftest import Shop
from workflows import order_paid


def an_odd_payment(session: Session, shop: Shop, off_by: int = 500) -> tuple[str, int, int]:
    group = a_group(session, {shop.world.goat.code: 1}, at=clock.now())
    minor = group.total_minor + off_by
    order_paid.settle(session, a_capture(session, group, at=clock.now(), amount_minor=minor))
    session.commit()
    misfit_id = session.scalars(select(Misfit.id).order_by(Misfit.id)).all()[-1]
    return group.number, misfit_id, minor


def acts_of(session: Session) -> set[str]:
    return set(session.scalars(select(AuditRow.action)))


def test_a_step_is_shown_first_and_done_once(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    number, misfit_id, minor = an_odd_payment(session, shop)
    where = f"/console/exceptions/{misfit_id}"

    assert "金额不符" in operator.get("/console/exceptions").text
    assert f"{where}/accept" in operator.get(where).text
    asked = operator.get(f"{where}/accept").text
    assert "多付的" in asked
    assert f'name="left" value="{minor}"' in asked
    form = {"left": str(minor), "reason": "买方同意"}
    assert operator.post(f"{where}/accept", data=form | {"reason": ""}).status_code == 422
    assert operator.post(f"{where}/accept", data=form | {"left": "²"}).status_code == 422
    assert operator.post(f"{where}/accept", data=form | {"left": "1"}).status_code == 409
    assert operator.post(f"{where}/accept", data=form).status_code == 302
    assert operator.post(f"{where}/accept", data=form).status_code == 409
    assert operator.get(f"{where}/accept").status_code == 409

    state = select(OrderGroup.state).where(OrderGroup.number == number)
    assert session.scalars(state).one() is GroupState.PAID
    assert session.scalars(select(Refund.amount_minor)).all() == [500]
    assert "买方同意" in operator.get(where).text
    assert "misfit_accept" in acts_of(session)
    assert "付清" in operator.get("/console/exceptions?state=settled").text


def test_a_note_puts_it_off(operator: FlaskClient, session: Session, shop: Shop) -> None:
    _, misfit_id, _ = an_odd_payment(session, shop)
    where = f"/console/exceptions/{misfit_id}"

    for wrong in ("x", "2020-01-01", "2999-01-01"):
        form = {"reason": "已致电", "later_on": wrong}
        assert operator.post(f"{where}/notes", data=form).status_code == 422
    day = clock.local_date(clock.now()).replace(day=1)
    later = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
    form = {"reason": "已致电", "later_on": later.isoformat()}
    assert operator.post(f"{where}/notes", data=form).status_code == 302

    assert where not in operator.get("/console/exceptions").text
    assert where in operator.get("/console/exceptions?state=later").text
    assert "已致电" in operator.get(where).text
    assert "misfit_noted" in acts_of(session)


def test_other_money_is_shown_in_its_own_currency_and_can_only_go_back(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    group = a_group(session, {shop.world.goat.code: 1}, at=clock.now())
    capture = a_capture(session, group, at=clock.now(), amount_minor=1_234)
    order_paid.settle(session, replace(capture, currency="USD"))
    session.commit()
    misfit_id = session.scalars(select(Misfit.id)).one()
    where = f"/console/exceptions/{misfit_id}"

    assert "12.34 USD" in operator.get(where).text
    assert operator.get(f"{where}/accept").status_code == 409
    form = {"left": "1234", "reason": "外币"}
    assert operator.post(f"{where}/repay", data=form).status_code == 302
    assert "12.34 USD" in operator.get("/console/refunds").text


def test_what_moves_no_money_is_only_looked_at(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    event = PaymentEvent(
        provider=Provider.STRIPE,
        event_id="evt_1",
        kind="refund.updated",
        reference="re_unknown",
        payload={},
        status=EventStatus.PARKED,
        received_at=clock.now(),
    )
    session.add(event)
    session.flush()
    payments.note_misfit(
        session, MisfitKind.UNMATCHED, "unknown", event_id=event.id, at=clock.now()
    )
    session.commit()
    where = f"/console/exceptions/{session.scalars(select(Misfit.id)).one()}"

    assert "消息无法对应" in operator.get("/console/exceptions").text
    assert operator.get(f"{where}/repay").status_code == 409
    form = {"left": "0", "reason": "测试账户的消息"}
    assert operator.post(f"{where}/close", data=form).status_code == 302
    assert where not in operator.get("/console/exceptions").text


def test_only_the_operator_sees_exceptions(
    app: Flask, operator: FlaskClient, session: Session, shop: Shop
) -> None:
    _, misfit_id, _ = an_odd_payment(session, shop)
    guest = a_browser(app, "consumer")

    assert guest.get("/console/exceptions").status_code == 403
    assert guest.get(f"/console/exceptions/{misfit_id}").status_code == 403
    assert guest.post(f"/console/exceptions/{misfit_id}/repay").status_code == 403
    assert operator.get("/console/exceptions/999999").status_code == 404
    assert operator.get(f"/console/exceptions/{misfit_id}/burn").status_code == 404
