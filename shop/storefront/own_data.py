"""What the pages of one's own data share: consents, requests, and the files to carry away."""

import csv
from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from typing import Any

import msgspec
from flask import Response, render_template, request

from kernel.access import current_actor
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties import queries
from parties import service as parties
from parties.values import ConsentChannel, ConsentScope, RequestKind, Subject
from reporting.own_data import Section
from shop.mending import NOTHING_WRONG, Errors

NOTICE = "2026-11"
"""Version of the privacy notice a consent on a page agrees to."""

BOM = "\ufeff"
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def show(
    template: str,
    subject: Subject,
    scopes: tuple[ConsentScope, ...],
    *,
    errors: Errors = NOTHING_WRONG,
) -> str:
    """Render the page of one's own data."""
    with unit_of_work() as session:
        consents = queries.list_consents(session, subject)
        requests = queries.list_own_requests(session, subject)
    return render_template(
        template,
        subject=subject,
        scopes=scopes,
        active={row.scope: row for row in consents if row.withdrawn_at is None},
        consents=consents,
        requests=requests,
        is_leaving=any(
            row.kind is RequestKind.DELETION and row.closed_at is None for row in requests
        ),
        errors=errors,
    )


def give(subject: Subject, scopes: tuple[ConsentScope, ...], *, at: datetime) -> None:
    """Record the consent asked for in the form."""
    with unit_of_work() as session:
        parties.give_consent(
            session,
            subject,
            _asked_scope(scopes),
            version=NOTICE,
            channel=ConsentChannel.PAGE,
            by=f"person:{current_actor().person_id}",
            at=at,
        )


def withdraw(subject: Subject, scopes: tuple[ConsentScope, ...], *, at: datetime) -> None:
    """Withdraw the consent asked for in the form."""
    by = f"person:{current_actor().person_id}"
    with unit_of_work() as session:
        parties.withdraw_consent(session, subject, _asked_scope(scopes), by=by, at=at)


def ask(subject: Subject, kind: RequestKind, *, at: datetime) -> None:
    """Take the request in the form."""
    with unit_of_work() as session:
        parties.receive_request(
            session, subject, kind, words=request.form.get("words", ""), at=at
        )


def as_json(name: str, data: Mapping[str, Section]) -> Response:
    """Answer with the data as one JSON document to carry away."""
    body = msgspec.json.format(msgspec.json.encode(data, enc_hook=str), indent=1)
    return _attachment(body, f"{name}.json", "application/json")


def as_csv(name: str, data: Mapping[str, Section]) -> Response:
    """Answer with the data as rows of section, row, field and value."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["section", "row", "field", "value"])
    for section, rows in data.items():
        for number, row in enumerate(rows, start=1):
            for field, value in row.items():
                writer.writerow([section, number, field, _plain(value)])
    return _attachment((BOM + text.getvalue()).encode(), f"{name}.csv", "text/csv")


def _asked_scope(scopes: tuple[ConsentScope, ...]) -> ConsentScope:
    given = request.form.get("scope", "")
    if given not in scopes:
        raise InvalidError("consent_unknown", "there is no such consent")
    return ConsentScope(given)


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def _attachment(body: bytes, name: str, kind: str) -> Response:
    response = Response(body, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
