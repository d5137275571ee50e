"""Which journeys of a month would have failed under other limits, and a new version of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from cold_chain import queries
from cold_chain import service as cold_chain
from cold_chain.errors import LimitsDateError
from cold_chain.queries import Asked, WhatIf
from cold_chain.rules.versions import differences, with_rules
from cold_chain.values import Difference, NewLimits, Profile, RuleChange, Verdict
from kernel import audit, clock
from kernel.access import requires
from kernel.clock import at_local_midnight, local_date
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from kernel.paging import encode_key
from parties.values import Role
from shop.console.acting import act, asked_id
from shop.errors import sentence

pages = Blueprint("console_what_if", __name__)

DEGREES = re.compile(r"-?\d{1,2}(?:[.,]\d{1,2})?")
MINUTES = re.compile(r"\d{1,4}")
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
PER_PAGE = 300
MAX_WORDS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page about other limits shows."""

    versions: list[Profile]
    base: Profile
    wanted: Profile
    changes: list[Difference]
    month: str
    trips: int
    found: WhatIf | None
    """Empty while nothing was changed: then there is nothing to ask."""

    @property
    def tally(self) -> list[tuple[str, str, int]]:
        """Return how many of these went from one verdict to another."""
        if self.found is None:
            return []
        return [
            (before.value, after.value, number)
            for before in Verdict
            for after in Verdict
            if (number := self.found.count(before, after))
        ]


@pages.get("/limits/<code>/what-if")
@requires(Role.OPERATOR)
def show(code: str) -> str:
    """Judge the journeys of a month again under other limits; nothing is stored."""
    return _page(code)


@pages.post("/limits/<code>/versions")
@requires(Role.OPERATOR)
def publish(code: str) -> ResponseReturnValue:
    """Put changed limits in force from a day to come."""
    at = clock.now()
    try:
        with unit_of_work() as session:
            newest = queries.list_profile_versions(session, code)[0]
            new = NewLimits(
                profile_code=code,
                rules=tuple(read_changes(newest, request.form)),
                source=request.form.get("source", "")[:MAX_WORDS],
                clause=request.form.get("clause", "")[:MAX_WORDS],
                effective_from=_day(request.form.get("effective_from", "")),
                at=at,
            )
            version = cold_chain.publish_limits(session, new)
            detail = {"version": str(version), "from": new.effective_from.isoformat()}
            audit.record(
                session, act("limits_published", f"limits:{code}", at=at, detail=detail)
            )
    except (ConflictError, InvalidError) as refused:
        return _page(code, error=sentence(refused)), 422
    flash(_("第 %(n)s 版已登记，到生效日自动启用。", n=version), "success")
    return redirect(url_for("console_limits.index"))


def answer(session: Session, code: str, *, at: datetime, origin_scope: str = "") -> Answer:
    """Return what the address of a page asks: a version, changed rules, and a month."""
    asked = request.values
    versions = queries.list_profile_versions(session, code)
    numbers = {str(one.version): one for one in versions}
    base = numbers.get(asked.get("base", ""), versions[0])
    other = numbers.get(asked.get("version", ""), base)
    wanted = with_rules(other, read_changes(other, asked)) if "change" in asked else other
    changes = differences(base, wanted)
    month = read_month(asked.get("month", ""), at=at)
    about = Asked(code, *_month(month), origin_scope=origin_scope)
    found = None
    if changes:
        found = queries.judge_again(
            session, about, wanted, at=at, after_id=asked_id() or 0, limit=PER_PAGE
        )
    trips = queries.count_trips(session, about)
    return Answer(versions, base, wanted, changes, month, trips, found)


def next_href(answer: Answer) -> str:
    """Return the address that goes on behind the journeys judged here; empty at the end."""
    last_id = None if answer.found is None else answer.found.last_id
    if last_id is None or request.method != "GET":
        return ""
    return "?" + urlencode(dict(request.args) | {"after": encode_key(last_id)})


def read_changes(profile: Profile, given: Mapping[str, str]) -> list[RuleChange]:
    """Return the rules as typed; what cannot be read stays as it is."""
    changes = []
    for rule in profile.rules:
        limit = given.get(f"limit_{rule.code}", "").strip().replace("−", "-")
        delay = given.get(f"delay_{rule.code}", "").strip()
        changes.append(
            RuleChange(
                rule.code,
                round(float(limit.replace(",", ".")) * 100)
                if DEGREES.fullmatch(limit)
                else rule.limit_centi,
                int(delay) if MINUTES.fullmatch(delay) else rule.delay_min,
            )
        )
    return changes


def read_month(given: str, *, at: datetime) -> str:
    """Return the month asked for, or the one before this."""
    today = local_date(at)
    if MONTH.fullmatch(given) and "2020-01" <= given <= f"{today.year:04}-{today.month:02}":
        return given
    last = today.replace(day=1) - timedelta(days=1)
    return f"{last.year:04}-{last.month:02}"


def _month(month: str) -> tuple[datetime, datetime]:
    starts = date.fromisoformat(f"{month}-01")
    ends = (starts + timedelta(days=31)).replace(day=1)
    return at_local_midnight(starts), at_local_midnight(ends)


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise LimitsDateError from None


def _page(code: str, error: str = "") -> str:
    with unit_of_work() as session:
        found = answer(session, code, at=clock.now())
    return render_template(
        "console/what_if/show.html",
        code=code,
        answer=found,
        next_href=next_href(found),
        error=error,
    )
