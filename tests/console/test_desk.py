"""Waiting facts, partners, limits, search, acts and invariants as the operator reads them."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from catalog.search.keeper import Keeper
from catalog.search.whoosh_engine import WhooshEngine
from kernel import audit, clock
from kernel.audit import Act, AuditRow
from kernel.outbox import OutboxRow
from orders.models import Basket
from parties.models import Organisation
from reporting.desk import acts, sweeps
from reporting.desk.search import IndexState, find_state
from tests.builders.looks import a_param
from tests.builders.people import a_browser
from tests.builders.sales import GOAT
from tests.console.conftest import Shop
from workflows import retention

PAGES = (
    "",
    "orders",
    "payments",
    "payments?state=exceptions",
    "refunds",
    "outbox",
    "invariants",
    "accounts",
    "organisations",
    "organisations?side=buyers",
    "organisations?side=others",
    "organisations?side=suspended",
    "limits",
    "search",
    "audit",
    "retention",
)


def test_every_page_opens_and_names_no_household(operator: FlaskClient) -> None:
    for page in PAGES:
        response = operator.get(f"/console/{page}")
        assert (page, response.status_code) == (page, 200)
        assert re.search(r"HX\d{4}|王小姐|13800000000", response.text) is None


def test_whoever_is_no_operator_is_turned_away(app: Flask, shop: Shop) -> None:
    consumer, guest = a_browser(app, "consumer"), app.test_client()

    assert {consumer.get(f"/console/{page}").status_code for page in PAGES} == {403}
    assert {guest.get(f"/console/{page}").status_code for page in PAGES} == {302}


def test_lists_cost_the_same_few_statements_whatever_they_show(
    operator: FlaskClient, statements: list[str]
) -> None:
    spent = {}
    for page in PAGES:
        if page != "invariants":
            statements.clear()
            operator.get(f"/console/{page}")
            spent[page] = len(statements)

    assert spent.pop("") <= 7
    assert max(spent.values()) <= 6


def test_a_failed_fact_shows_its_error_and_is_retried_at_once(
    operator: FlaskClient, session: Session
) -> None:
    row_id = session.scalars(select(OutboxRow.id).limit(1)).one()
    far = clock.at_local_midnight(clock.local_date(clock.now())).replace(year=2099)
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(attempts=3, last_error="mail server away", next_try_at=far)
    )
    session.commit()
    assert "mail server away" in operator.get("/console/outbox").text

    answer = operator.post("/console/outbox/retry", data={"fact": [str(row_id)]})

    assert answer.status_code == 302
    session.expire_all()
    row = session.get_one(OutboxRow, row_id)
    assert row.next_try_at <= clock.now()
    assert session.scalars(select(AuditRow.action)).all() == ["facts_retried"]


@pytest.mark.parametrize("facts", [[], ["x"], ["1", "-1"]])
def test_a_retry_names_facts(operator: FlaskClient, facts: list[str]) -> None:
    assert operator.post("/console/outbox/retry", data={"fact": facts}).status_code == 422


def test_an_organisation_is_suspended_with_a_reason_and_restored(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    address = f"/console/organisations/{GOAT}"

    assert operator.post(f"{address}/suspend", data={"reason": " "}).status_code == 422
    assert operator.post(f"{address}/suspend", data={"reason": "抽检不合格"}).status_code == 302
    session.expire_all()
    assert session.get_one(Organisation, GOAT).suspended_at is not None
    assert GOAT in operator.get("/console/organisations?side=suspended").text

    assert operator.post(f"{address}/restore").status_code == 302
    session.expire_all()
    assert session.get_one(Organisation, GOAT).suspended_at is None
    acts_done = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert acts_done == ["organisation_suspended", "organisation_restored"]
    assert operator.post("/console/organisations/NONE/restore").status_code == 404


def test_the_audit_record_hides_which_household_was_looked_at(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    audit.record(
        session,
        Act(
            actor="person:7",
            action="identity_read",
            subject="household:HX0001",
            purpose="phone call",
            at=clock.now(),
            detail={"household_id": "HX0001", "order": "WL-1"},
        ),
    )
    session.commit()

    page = operator.get("/console/audit?action=identity_read&actor=person:7").text

    assert "phone call" in page
    assert "HX0001" not in page
    assert acts.unnamed("order:WL-1") == "order:WL-1"


def test_a_broken_invariant_is_shown_as_broken(operator: FlaskClient, session: Session) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE reservations SET quantity = quantity + 1, state = 'held'"))
    session.commit()

    assert "不成立" in operator.get("/console/invariants").text


def test_limits_show_their_alarms_and_sources(operator: FlaskClient) -> None:
    page = operator.get("/console/limits").text

    for words in ("GOAT_CHILLED", "GB 20799-2016", "偏热累计", "拒收"):
        assert words in page


def test_the_search_index_is_compared_with_what_is_on_sale(
    session: Session, shop: Shop, tmp_path: Path
) -> None:
    whoosh = WhooshEngine(tmp_path)

    def state() -> IndexState:
        return find_state(session, WhooshEngine(tmp_path), at=clock.now())

    assert state().name is None
    Keeper().rebuild(session, [whoosh], at=clock.now())

    fresh = state()
    assert (fresh.wrong, fresh.indexed, fresh.is_readable) == (0, fresh.on_sale, True)

    session.execute(
        text("UPDATE products SET state = 'retired' WHERE code = :code"),
        {"code": shop.world.goat.product_code},
    )
    stale = state()
    assert stale.left_over == (shop.world.goat.product_code,)
    assert stale.waiting == 1

    for path in (tmp_path / str(stale.name)).glob("*.seg"):
        path.unlink()
    assert state().wrong > 0


def test_the_operator_builds_the_index_anew(
    app: Flask, operator: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(app.extensions["shanji_settings"], data_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "shanji_settings", settings)
    assert "还没有索引" in operator.get("/console/search").text

    assert operator.post("/console/search/rebuild").status_code == 302

    assert "索引与在售商品完全一致" in operator.get("/console/search").text


def test_every_run_of_the_sweep_is_told_with_counts_only(
    operator: FlaskClient, session: Session
) -> None:
    a_param(session, "retention_basket_days", 90)
    session.add(Basket(token="long-forgotten", updated_at=clock.now() - timedelta(days=91)))
    session.flush()
    retention.sweep(session, at=clock.now() - timedelta(hours=1))
    retention.sweep(session, at=clock.now(), elsewhere={"retention_letter_days": 7})

    shown = operator.get("/console/retention").text

    runs = [dict(row.counts) for row in sweeps.list_sweeps(session, before_id=None, limit=9)]
    assert runs == [
        {"retention_basket_days": 0, "retention_letter_days": 7},
        {"retention_basket_days": 1},
    ]
    assert "90 天" in shown
    assert "已发信件 7" in shown
    assert "闲置购物篮 1" in shown
    assert "long-forgotten" not in shown
    assert audit.find_break(session) is None
