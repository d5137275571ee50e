"""Whoever is not entitled never sees who a household or a buyer is, whatever they ask for."""

import io
import logging
import re
import zipfile
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import redis
import structlog
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from kernel import clock
from kernel.db import db
from shop import journal
from shop.app import create_app
from shop.proof.experiments import canaries
from shop.proof.ground.databases import Ground, engine_on, laid
from shop.proof.runner import Kind, Outcome, run_named
from shop.sample.signins import PEOPLE
from shop.settings import Environment, Settings
from shop.tasks.search import rebuild_index

GOAL = "0 found outside the roles that own them"
HREF = re.compile(r'(?:href|src|action|data-src)="(/[^"#]*)"')
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
UNASKED = ("/static/", "/logout", "/account/rights/close", "/language", "/login")
GUEST = "guest"
INCOME_TABLES = frozenset({"household_baselines"})
"""Where an income may stand readable: the register's own figures, under a number."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much each role asks for, and how many past orders there are.

    At every size each role asks for every endpoint: the canaries' own addresses of a page, and
    a wrong form. A thorough one asks for all addresses of a page and every page a second time
    with wrong questions; otherwise the roles share these among them.
    """

    pages: int
    """How many links a role follows beyond."""
    orders: int
    logins: tuple[str, ...]
    """Who asks besides a guest and the owners of the canaries."""
    is_thorough: bool = False


EVERYBODY = tuple(person.login for person in PEOPLE)
ONE_OF_EACH = (
    *("consumer", "bamboo-manager", "bamboo-clerk", "enterprise", "budget-unit"),
    *("district", "township", "village", "operator", "household-goat"),
)
DEFAULT = Size(pages=5, orders=30, logins=ONE_OF_EACH)
FULL = Size(pages=1_500, orders=400, logins=EVERYBODY, is_thorough=True)


@dataclass(slots=True)
class Haul:
    """What was asked for and what came to light."""

    answers: int = 0
    endpoints: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    owned: Counter[str] = field(default_factory=Counter)
    """Canaries seen by those who own them, by role: the search sees what it looks for."""
    leaks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of what the roles share falls to one of them; without others, all of it."""

    turn: int = 0
    roles: int = 1

    def holds(self, number: int) -> bool:
        """Say whether the thing of this number falls to this role."""
        return number % self.roles == self.turn


@run_named(Kind.EXPERIMENT, "privacy-canary")
def privacy_canary(settings: Settings) -> Outcome:
    """Plant a household and a buyer, ask for everything in every role, and look for them."""
    size = FULL if settings.full_size else DEFAULT
    with laid(settings, orders=size.orders) as ground:
        return search(ground, size)


def search(ground: Ground, size: Size) -> Outcome:
    """Crawl a copy of the ground in every role and look through all it leaves behind."""
    haul = Haul()
    with ground.copy("canary") as given, engine_on(given.database_url) as engine:
        settings = replace(given, environment=Environment.TEST)
        planted = canaries.plant(engine, at=clock.now())
        app = create_app(settings)
        app.config["WTF_CSRF_ENABLED"] = False
        values = canaries.list_values(engine, planted)
        with _journal(settings) as written:
            with app.app_context():
                rebuild_index(at=clock.now())
            owners = (canaries.HOUSEHOLD_LOGIN, canaries.BUYER_LOGIN)
            logins = (GUEST, *size.logins, *owners)
            for turn, login in enumerate(logins):
                share = Share() if size.is_thorough else Share(turn, len(logins))
                _crawl(app, login, values, haul, pages=size.pages, share=share)
        with app.app_context():
            db.engine.dispose()
        _look(haul, "journal", written.getvalue(), (canaries.GIVEN,))
        for table, row in canaries.rows_as_text(engine):
            known = canaries.household_texts()
            if table in INCOME_TABLES:
                known = known[:4]
            _look(haul, f"table {table}", row, known)
        files = _look_through(haul, settings)
    bites = {canaries.HOUSEHOLD_LOGIN, canaries.BUYER_LOGIN} <= set(haul.owned)
    return Outcome(
        name="privacy-canary",
        figure=(
            f"{len(haul.leaks)} found in {haul.answers} answers of {len(haul.endpoints)}"
            f" endpoints, {files} files, the journal and every table"
        ),
        goal=GOAL,
        holds=not haul.leaks and bites and not haul.faults,
        details=(
            *(f"LEAK {leak}" for leak in haul.leaks[:20]),
            *(f"FAULT {count} x {name}" for name, count in haul.faults.items()),
            *_causes(written.getvalue()),
            "seen by those who own them: "
            + ", ".join(f"{login} {count}" for login, count in sorted(haul.owned.items())),
        ),
    )


def _causes(journal_text: str) -> list[str]:
    """Return the last line of each failure the journal tells of."""
    causes = re.findall(r'\\n([A-Za-z_.]+(?:Error|Exception)[^\\"]{0,200})"', journal_text)
    return [f"CAUSE {cause}" for cause in dict.fromkeys(causes)]


def _crawl(
    app: Flask,
    login: str,
    values: dict[str, list[str]],
    haul: Haul,
    *,
    pages: int,
    share: Share,
) -> None:
    """Ask for every address in one role, follow links, then send rubbish to every form."""
    client = _client(app, login)
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(UNASKED)]
    gets = [rule for rule in rules if rule.methods and "GET" in rule.methods]
    waiting = deque(
        address
        for rule in gets
        for number, address in enumerate(_addresses(rule, values))
        if not number or share.holds(number)
    )
    seen = set(waiting)
    budget = len(waiting) + pages
    while waiting and budget > 0:
        budget -= 1
        address = waiting.popleft()
        body = _ask(haul, client, login, address)
        for link in HREF.findall(body):
            if link not in seen and not link.startswith(UNASKED):
                seen.add(link)
                waiting.append(link)
    _send_rubbish(client, login, rules, values, haul, share=share)


def _send_rubbish(
    client: FlaskClient,
    login: str,
    rules: Sequence[Rule],
    values: dict[str, list[str]],
    haul: Haul,
    *,
    share: Share,
) -> None:
    """Send a wrong form to every form, and wrong questions to the pages of this role."""
    for number, rule in enumerate(rules):
        address = _addresses(rule, values)[0]
        if rule.methods and "POST" in rule.methods:
            _ask(haul, client, login, address, form=True)
        if rule.methods and "GET" in rule.methods and share.holds(number):
            bad = f"{address}?after=x&year=x&month=x&region=x&state=x&code={canaries.GIVEN}"
            _ask(haul, client, login, bad)


def _client(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    passwords = {person.login: person.password for person in PEOPLE}
    if login != GUEST:
        form = {"login": login, "password": passwords.get(login, canaries.PASSWORD)}
        client.post("/login", data=form)
    return client


def _addresses(rule: Rule, values: dict[str, list[str]]) -> list[str]:
    """Return addresses of a rule with arguments that exist where there are any."""
    if not rule.arguments:
        return [rule.rule]
    count = max(len(values.get(name, ["1"])) for name in rule.arguments)
    addresses = []
    for index in range(count):
        address = rule.rule
        for name in rule.arguments:
            known = values.get(name) or ["1"]
            address = re.sub(rf"<(?:[^<>]*:)?{name}>", known[index % len(known)], address)
        addresses.append(address)
    return list(dict.fromkeys(addresses))


def _ask(
    haul: Haul,
    client: FlaskClient,
    login: str,
    address: str,
    *,
    form: bool = False,
) -> str:
    """Ask for one address, look through the answer, and return it as text."""
    given = {"name": canaries.GIVEN, "words": canaries.GIVEN, "purpose": "x", "quantity": "x"}
    answer = client.post(address, data=given) if form else client.get(address)
    haul.answers += 1
    rule = getattr(answer.request.environ.get("werkzeug.request"), "url_rule", None)
    endpoint = str(rule.endpoint) if rule is not None else address
    haul.endpoints.add(endpoint)
    if answer.status_code >= 500 and answer.status_code != 503:  # noqa: PLR2004 -- server faults
        haul.faults[f"{answer.status_code} {endpoint}"] += 1
    body = "\n".join(_texts(answer.data)) + str(answer.headers)
    for owners, texts in _owned().items():
        found = [one for one in texts if one in body]
        if found and login in owners:
            haul.owned[login] += 1
        elif found:
            haul.leaks.append(f"{login} {'POST' if form else 'GET'} {address}: {len(found)}")
    return body


def _owned() -> dict[frozenset[str], tuple[str, ...]]:
    """Return who may see what: owners of a canary, and the texts it comes to light by.

    The seller has to send the parcel; an official keeps the register of the own region, with
    incomes and without names.
    """
    household, buyer = canaries.household_texts(), canaries.buyer_texts()
    sellers = {p.login for p in PEOPLE if any(s.role in SELLERS for s in p.scopes)}
    return {
        frozenset({canaries.HOUSEHOLD_LOGIN}): household[:4],
        frozenset({canaries.HOUSEHOLD_LOGIN, *REGISTER}): household[4:],
        frozenset({canaries.BUYER_LOGIN, *sellers}): buyer,
        frozenset({canaries.BUYER_LOGIN}): canaries.title_texts(),
    }


REGISTER = ("district", "village")
SELLERS = frozenset({"manager", "clerk", "packer"})


def _texts(body: bytes) -> Iterator[str]:
    """Yield an answer as text: pages, JSON and rows as they are, workbooks and PDF unpacked."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            for name in parts.namelist():
                yield parts.read(name).decode(errors="replace")
        return
    if body.startswith(b"%PDF"):
        for stream in STREAM.findall(body):
            try:
                yield zlib.decompress(stream).decode(errors="replace")
            except zlib.error:
                continue
    yield body.decode(errors="replace")


def _look(haul: Haul, place: str, text: str, more: Sequence[str] = ()) -> None:
    names = (*canaries.buyer_texts(), *canaries.title_texts(), *more)
    if place == "journal":
        names = (*names, *canaries.household_texts())
    found = sum(one in text for one in names)
    if found:
        haul.leaks.append(f"{place}: {found}")


def _look_through(haul: Haul, settings: Settings) -> int:
    """Look into every file the run left behind, and into Redis; return how many there were."""
    files = [path for path in Path(settings.data_dir).rglob("*") if path.is_file()]
    for path in files:
        _look(
            haul,
            f"file {path.name}",
            path.read_bytes().decode(errors="replace"),
            canaries.household_texts(),
        )
    if settings.redis_url:
        store = redis.from_url(settings.redis_url)
        for key in store.scan_iter():
            kind = store.type(key)
            value = store.get(key) if kind == b"string" else store.object("encoding", key)
            _look(haul, "redis", f"{key!r} {value!r}", canaries.household_texts())
        store.close()
    return len(files)


@contextmanager
def _journal(settings: Settings) -> Iterator[io.StringIO]:
    """Keep what a production process would write to its journal."""
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    journal.set_up(replace(settings, environment=Environment.PRODUCTION))
    for handler in root.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(written)
    try:
        yield written
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
