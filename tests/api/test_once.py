"""Every POST of the interface: one effect under one key, its first answer ever after."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kernel import clock
from kernel.db import db
from kernel.idempotency import CommandKey
from kernel.policy import PolicyParam
from shop.api.openapi import document
from shop.app import create_app
from shop.settings import Settings
from tests.builders.api import a_key
from tests.builders.command import Command
from tests.builders.commands import COMMANDS
from tests.builders.people import a_browser
from tests.builders.places import once
from workflows import retention

TIMES = 20
JSON = "application/json"
# What somebody else may only report again, or not do once more: it happens once to its subject.
FACTS = {
    *("take_readings", "take_senml", "take_thingsboard", "take_jt808", "take_table"),
    *("take_answers", "record_weights", "request_invoice", "start_transfer"),
}


class DiedError(Exception):
    """What stands for the process being killed before its transaction was written."""


@pytest.fixture
def app(fresh_database_url: str, settings: Settings) -> Iterator[Flask]:
    """An application that commits, on a database of its own."""
    made = create_app(replace(settings, database_url=fresh_database_url, threads=8))
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def own_engine(fresh_database_url: str) -> Iterator[Engine]:
    made = create_engine(fresh_database_url)
    yield made
    made.dispose()


@dataclass
class Sender:
    """Sends a command, signed in as somebody who may."""

    app: Flask
    command: Command
    engine: Engine
    sessions: dict[str, str]

    def browser(self, login: str | None = None) -> FlaskClient:
        who = self.command.login if login is None else login
        client = self.app.test_client()
        if who:
            if who not in self.sessions:
                signed_in = a_browser(self.app, who).get_cookie("shanji")
                assert signed_in is not None
                self.sessions[who] = signed_in.value
            client.set_cookie("shanji", self.sessions[who])
        return client

    def send(
        self,
        key: Mapping[str, str],
        body: Any = None,
        *,
        client: FlaskClient | None = None,
        path: str = "",
    ) -> TestResponse:
        sent = self.command.written(self.command.body if body is None else body)
        headers = {**key, **self.command.prove(sent)}
        by = client or self.browser()
        return by.post(
            path or self.command.path,
            data=sent,
            headers=headers,
            content_type=self.command.media_type,
        )

    def effects(self) -> int:
        with self.engine.connect() as connection:
            counted = text(f"SELECT count(*) FROM {self.command.table}")  # noqa: S608 -- a table of ours
            return int(connection.execute(counted).scalar_one())


@pytest.fixture
def sender(request: pytest.FixtureRequest, app: Flask, own_engine: Engine) -> Sender:
    prepare: Callable[[Session], Command] = COMMANDS[request.param]
    with Session(own_engine, expire_on_commit=False) as session:
        command = prepare(session)
        session.commit()
    return Sender(app, command, own_engine, {})


every_post = pytest.mark.parametrize("sender", sorted(COMMANDS), indirect=True)


OWN_KEYS = {"take_stripe_event"}
"""Posts of a provider, which names its messages itself; each is stored once."""


def posts(app: Flask) -> dict[str, dict[str, Any]]:
    return {
        methods["post"]["operationId"]: methods["post"]
        for methods in document(app)["paths"].values()
        if "post" in methods and methods["post"]["operationId"] not in OWN_KEYS
    }


def test_every_post_takes_a_key_and_is_tried_here(built_app: Flask) -> None:
    found = posts(built_app)
    without = [
        name
        for name, told in found.items()
        if "Idempotency-Key" not in {one.get("name") for one in told["parameters"]}
        or "409" not in told["responses"]
    ]

    assert set(found) == set(COMMANDS)
    assert without == []


@every_post
def test_twenty_at_once_are_one_effect_and_one_answer(sender: Sender) -> None:
    key, before = a_key(), sender.effects()
    clients = [sender.browser() for _ in range(TIMES)]

    with ThreadPoolExecutor(max_workers=TIMES) as pool:
        answers = list(pool.map(lambda client: sender.send(key, client=client), clients))

    assert {one.status_code for one in answers} <= {200, 201, 202}
    assert len({(one.status_code, one.get_data()) for one in answers}) == 1
    assert len({one.headers.get("Location") for one in answers}) == 1
    fresh = [one for one in answers if "Idempotent-Replayed" not in one.headers]
    assert len(fresh) == 1
    assert sender.effects() - before == 1


@every_post
def test_the_same_key_with_another_body_is_refused(sender: Sender) -> None:
    key = a_key()
    sender.send(key)
    before = sender.effects()

    other = sender.send(key, sender.command.other, path=sender.command.other_path)

    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_key_reused")
    assert sender.effects() == before
    path = sender.command.other_path
    fresh = sender.send(a_key(), sender.command.other, path=path).status_code
    assert fresh in ({200, 201, 202, 409} if sender.command.is_final else {200, 201, 202})


@every_post
def test_what_dies_before_it_is_written_leaves_neither_effect_nor_key(sender: Sender) -> None:
    key, before, client = a_key(), sender.effects(), sender.browser()

    def die(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("UPDATE command_keys"):
            raise DiedError

    with sender.app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", die)
    try:
        answer = sender.send(key, client=client)
    finally:
        event.remove(engine, "after_cursor_execute", die)

    assert answer.status_code == 500
    assert sender.effects() - before == sender.command.asks_first
    first = sender.send(key)
    again = sender.send(key)
    assert first.get_data() == again.get_data()
    assert "Idempotent-Replayed" not in first.headers
    assert sender.effects() - before == 1


@pytest.mark.parametrize("sender", sorted(set(COMMANDS) - FACTS), indirect=True)
def test_the_key_of_somebody_else_is_another_key(sender: Sender) -> None:
    key, before = a_key(), sender.effects()

    first = sender.send(key)
    other = sender.send(key, client=sender.browser(sender.command.login_too))

    assert "Idempotent-Replayed" not in other.headers
    if sender.command.is_final:
        known = {first.status_code} if sender.command.asks_first else {404, 409}
        assert other.status_code in known
        assert sender.effects() - before == 1
        return
    assert first.status_code == other.status_code
    assert sender.effects() - before == 2


@every_post
def test_the_answer_is_kept_sealed_and_no_longer_than_its_term(sender: Sender) -> None:
    key, at = a_key(), clock.now()
    told = sender.send(key).get_data(as_text=True)

    with Session(sender.engine) as session:
        row = {"unit": "days", "valid_from": clock.local_date(at), "basis": "test", "note": ""}
        term = row | {"code": "retention_command_days", "value": 7}
        once(session, PolicyParam, term, key="code")
        raw = session.execute(text("SELECT answer, sealed_answer FROM command_keys")).one()
        assert told not in str(raw)
        kept = session.query(CommandKey).one()
        assert kept.sealed_answer == told
        retention.sweep(session, at=at + timedelta(days=6))
        assert session.query(CommandKey).count() == 1
        retention.sweep(session, at=at + timedelta(days=8))
        assert session.query(CommandKey).count() == 0
