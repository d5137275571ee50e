"""Every id a request or a form takes, another tenant's: refused, untold, unwritten."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from kernel.db import db, unit_of_work
from shop.api.openapi import document
from shop.app import create_app
from shop.proof.ground import foreign_forms, tenants
from shop.proof.ground.databases import Ground, laid
from shop.proof.ground.foreign_cases import OPEN, list_cases
from shop.proof.ground.foreign_forms import Form, list_forms
from shop.proof.ground.tenants import Case, Sent, Side
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOAL = "100 % refused, nothing told, nothing written"
BY_PROVIDER = frozenset({"take_stripe_event"})
"""What only a provider sends, proved by its signature; it names no id of a field."""
ID = re.compile(
    r"(_id|_code|_number)$|^(number|code|contract|lot|sku|photos|takes_back|X-Device)$"
)
WRITES = ("post", "put", "patch", "delete")
REFUSED = range(400, 500)
DENIED = (403, 404)
"""How a form answers somebody it is not for."""
DONE = range(200, 300)

Place = tuple[str, str]
"""An operation of the document and the name of an id it takes."""


@dataclass(slots=True)
class Found:
    """What came of every case."""

    refused: int = 0
    answered: int = 0
    told: int = 0
    wrote: int = 0
    details: tuple[str, ...] = ()


@run_named(Kind.EXPERIMENT, "foreign-ids")
def foreign_ids(settings: Settings) -> Outcome:
    """Send every request with another tenant's id in place of each own one."""
    with laid(settings) as ground:
        return replace_all(ground)


def replace_all(ground: Ground) -> Outcome:
    """Send the foreign and then the own request of every case, and count."""
    with ground.copy("foreign") as copied:
        app = create_app(replace(copied, redis_url=""))
        # What is shown is who may name what; forms prove themselves elsewhere.
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            places = set(list_places(document(app)))
            own, other = tenants.prepare()
            cases, forms = list(list_cases(own, other)), list(list_forms(app, own))
        # Each request has a context of its own from here on, as each has in a shop.
        found, controls = Found(), 0
        for case in cases:
            _attack(app, case, (own, other), found)
            controls += _control(app, case, own, found)
        tried = _try_forms(app, forms, _words(own))
        with app.app_context():
            db.engine.dispose()
    return _outcome(places, cases, (found, controls), tried)


def list_places(told: Mapping[str, Any]) -> Iterator[Place]:
    """Yield every id of the document: of each path, and of each body or header that writes."""
    schemas = told["components"]["schemas"]
    for methods in told["paths"].values():
        for method, operation in methods.items():
            name = operation["operationId"]
            if name in BY_PROVIDER:
                continue
            given = {
                one["name"]
                for one in operation["parameters"]
                if one["in"] in {"path", "header"}
            }
            if method in WRITES:
                for body in operation.get("requestBody", {}).get("content", {}).values():
                    given |= set(_names(body["schema"], schemas))
            paths = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            yield from ((name, one) for one in given if one in paths or ID.search(one))


def _names(schema: Any, schemas: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of all fields of a schema, however deep."""
    if isinstance(schema, list):
        for one in schema:
            yield from _names(one, schemas)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from _names(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _names(inner, schemas)
    for part in ("items", "anyOf", "oneOf", "allOf"):
        yield from _names(schema.get(part), schemas)


def _attack(app: Flask, case: Case, sides: tuple[Side, Side], found: Found) -> None:
    own, other = sides
    client = _client(app, case.foreign.login)
    before = _state(app)
    answer = _send(client, case.foreign, own["secret"])
    wrote = sorted(table for table, held in _state(app).items() if before[table] != held)
    is_refused = answer.status_code in REFUSED
    told = [word for word in _words(other) if word in answer.get_data(as_text=True)]
    found.answered += not is_refused
    found.refused += is_refused
    found.told += bool(told)
    found.wrote += bool(wrote)
    if not is_refused or told or wrote:
        line = f"{case.operation}.{case.name}: {answer.status_code}, told {told}, wrote {wrote}"
        found.details += (line,)


def _control(app: Flask, case: Case, own: Side, found: Found) -> int:
    """Send the same with the caller's own id: it must be done, or the refusal shows nothing."""
    answer = _send(_client(app, case.own.login), case.own, own["secret"])
    if answer.status_code in DONE:
        return 1
    said = answer.get_data(as_text=True)[:300]
    found.details += (f"{case.operation}.{case.name}: own {answer.status_code} {said}",)
    return 0


@dataclass(slots=True)
class Tried:
    """What came of every form."""

    forms: int = 0
    denied: int = 0
    taken: int = 0
    guarded: int = 0
    refused: int = 0
    details: tuple[str, ...] = ()


def _try_forms(app: Flask, forms: Sequence[Form], words: Sequence[str]) -> Tried:
    """Send each form as a stranger, then as its owner, and the guarded ones without a role."""
    tried = Tried(forms=len(forms))
    clients = {
        name: _client(app, name) for form in forms for name in (form.owner, form.stranger)
    }
    before = _state(app)
    for form in forms:
        answer = clients[form.stranger].post(form.path, data=form.typed)
        status, page = answer.status_code, answer.get_data(as_text=True)
        told = [word for word in words if word in page and word not in form.path]
        after = _state(app)
        wrote = sorted(table for table, held in after.items() if before[table] != held)
        before = after
        is_denied = status in DENIED and not (wrote or told)
        tried.denied += is_denied
        if not is_denied:
            said = f"{status}, told {told}, wrote {wrote}"
            tried.details += (f"{form.endpoint} by {form.stranger}: {said}",)
    _send_guarded(app, tried)
    for form in forms:
        status = clients[form.owner].post(form.path, data=form.typed).status_code
        is_taken = status not in DENIED or form.endpoint in foreign_forms.OFF
        tried.taken += is_taken
        if not is_taken:
            tried.details += (f"{form.endpoint} by {form.owner}: own {status}",)
    return _without_missing(app, forms, tried)


def _send_guarded(app: Flask, tried: Tried) -> None:
    """Send every form of the desks as a buyer who has no role there."""
    client, before = _client(app, tenants.BUYER), _state(app)
    for endpoint, path in foreign_forms.list_guarded(app):
        status = client.post(path, data=foreign_forms.typed_into(endpoint)).status_code
        tried.guarded += 1
        tried.refused += status in DENIED
        if status not in DENIED:
            tried.details += (f"{endpoint} by {tenants.BUYER}: {status}",)
    wrote = sorted(table for table, held in _state(app).items() if before[table] != held)
    if wrote:
        tried.refused -= 1
        tried.details += (f"guarded forms wrote {wrote}",)


def _without_missing(app: Flask, forms: Sequence[Form], tried: Tried) -> Tried:
    """Note every form whose address names something and that nobody tried."""
    named = {rule.endpoint for rule in foreign_forms.list_tenants(app) if rule.arguments}
    known = {form.endpoint for form in forms} | foreign_forms.PUBLIC.keys()
    known |= foreign_forms.WITHOUT.keys()
    tried.details += tuple(f"{one}: no example" for one in sorted(named - known))
    tried.details += tuple(f"{one}: no such form" for one in sorted(known - named))
    return tried


def _client(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    if login:
        form = {"login": login, "password": f"demo-{login}"}
        client.post("/login", data=form)
    return client


def _send(client: FlaskClient, sent: Sent, secret: str) -> TestResponse:
    body = tenants.written(sent)
    headers = tenants.proof_of(sent, body, secret)
    if sent.method == "POST":
        headers["Idempotency-Key"] = str(uuid4())
    return client.open(
        sent.path,
        method=sent.method,
        data=body,
        headers=headers,
        content_type=sent.media_type,
    )


def _words(other: Side) -> list[str]:
    """Return what names the other tenant or their things."""
    kept = (
        "number",
        "part",
        "receipt",
        "contract",
        "lot",
        "household",
        "device",
        "secret",
        "coupon",
        "name",
        "phone",
        "street",
    )
    return [str(other[name]) for name in kept] + [str(one) for one in other["photos"]]


def _state(app: Flask) -> dict[str, Any]:
    """Return rows and a hash over the rows of every table."""
    with app.app_context(), unit_of_work() as session:
        tables = session.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
                " AND relnamespace = 'public'::regnamespace AND NOT relispartition"
            )
        ).all()
        counted = " UNION ALL ".join(
            f"SELECT '{name}', count(*), sum(hashtextextended(t::text, 0)::numeric)"  # noqa: S608 -- names of the database's own catalogue
            f' FROM "{name}" AS t'
            for name in tables
        )
        return {row[0]: (row[1], row[2]) for row in session.execute(text(counted))}


def _outcome(
    places: set[Place], cases: Sequence[Case], sent: tuple[Found, int], tried: Tried
) -> Outcome:
    (found, controls), shown = sent, {(case.operation, case.name) for case in cases}
    missing = sorted(places - shown - set(OPEN))
    stale = sorted((shown | set(OPEN)) - places)
    details = [*found.details, *tried.details]
    details += [f"{operation}.{name}: no example" for operation, name in missing]
    details += [f"{operation}.{name}: not in the document" for operation, name in stale]
    figure = (
        f"{found.refused} of {len(cases)} foreign ids refused in"
        f" {len({case.operation for case in cases})} operations, {found.told} told,"
        f" {found.wrote} written; {controls} of {len(cases)} own ids taken;"
        f" {len(missing)} ids without an example, {len(OPEN)} public;"
        f" {tried.denied} of {tried.forms} forms denied to a stranger, {tried.taken} open to"
        f" their owner; {tried.refused} of {tried.guarded} forms of the desks denied to a buyer"
    )
    holds = found.refused == controls == len(cases) and not details
    return Outcome("foreign-ids", figure, GOAL, holds, tuple(details))
