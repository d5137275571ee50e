"""No line of the journal and no page of an error carries who somebody is."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask, request
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import vault
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from shop import errors, journal
from shop.settings import Environment, Settings

NAME, PHONE = "金丝雀", "13987654321"
ID_NUMBER, ACCOUNT = "510232198003041237", "6228480402564890018"
CANARIES = (NAME, PHONE, ID_NUMBER, ACCOUNT)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The journal of a production process, read back."""
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr("sys.stderr", written)
    journal.set_up(Settings(environment=Environment.PRODUCTION))
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def clean(written: str) -> bool:
    return not any(canary in written for canary in CANARIES)


def test_a_form_is_never_repeated(app: Flask, lines: io.StringIO) -> None:
    with app.test_request_context("/login", method="POST", data={"note": f"我是{NAME}"}):
        app.preprocess_request()
        structlog.get_logger().error("failed", reason=f"bad value '{request.form['note']}'")

    assert "failed" in lines.getvalue()
    assert clean(lines.getvalue())


def test_json_is_never_repeated(app: Flask, lines: io.StringIO) -> None:
    given = {"recipient": {"who": NAME}}
    with app.test_request_context("/api/v1/orders", method="POST", json=given):
        app.preprocess_request()
        structlog.get_logger().error("failed", reason=f"no such person: {NAME}")

    assert clean(lines.getvalue())


def test_numbers_are_masked_in_every_field(app: Flask, lines: io.StringIO) -> None:
    structlog.get_logger().error("paid", to=ACCOUNT, phones=[PHONE], row={"id": ID_NUMBER})
    logging.getLogger("library").error("refused %s for %s", ACCOUNT, PHONE)

    assert lines.getvalue().count("****0018") == 2
    assert clean(lines.getvalue())


def test_fields_that_are_a_person_s_are_left_out(app: Flask, lines: io.StringIO) -> None:
    structlog.get_logger().error("refused", name=NAME, form={"a": NAME}, order="WL1")

    assert "WL1" in lines.getvalue()
    assert clean(lines.getvalue())


def test_what_was_opened_does_not_come_out_in_a_traceback(
    app: Flask, lines: io.StringIO
) -> None:
    with app.test_request_context("/"):
        app.preprocess_request()
        opened = vault.open_sealed(vault.seal(NAME))
        try:
            int(opened)
        except ValueError:
            structlog.get_logger().exception("lookup_failed")

    assert "lookup_failed" in lines.getvalue()
    assert clean(lines.getvalue())


def test_a_refused_statement_does_not_tell_its_values(
    app: Flask, session: Session, lines: io.StringIO
) -> None:
    with app.test_request_context("/"):
        app.preprocess_request()
        try:
            with unit_of_work() as work:
                work.execute(text("SELECT CAST(:value AS integer)"), {"value": NAME + PHONE})
        except Exception:  # noqa: BLE001 -- any database error will do
            vault.seal(NAME)
            structlog.get_logger().exception("database_failed")

    assert "database_failed" in lines.getvalue()
    assert clean(lines.getvalue())


def test_an_error_page_masks_numbers(app: Flask) -> None:
    with app.test_request_context("/"):
        page = errors.answer(422, "bad", f"账户 {ACCOUNT} 不存在").get_data(as_text=True)

    assert ACCOUNT not in page
    assert "****0018" in page


def test_an_unknown_refusal_says_nothing_of_its_input(app: Flask) -> None:
    with app.test_request_context("/"):
        sentence = errors.sentence(InvalidError("unheard_of", f"no {NAME}", who=NAME))

    assert NAME not in sentence
