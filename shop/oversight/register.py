"""The register of a region: the roll of its households, and the lists that call for action."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from marshmallow import fields, validate

from households.queries import histories
from households.values import HouseholdCategory
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting import volumes
from reporting.register import income, links, roll
from reporting.register.roll import Report, RollFilter
from shop.oversight import register_words as words
from shop.oversight.register_access import Asked, read_address, seen, today
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_register", __name__)

PAGE_SIZE = 30
YES_NO = {"yes": True, "no": False}
FALLING = "falling"


class RollQuery(Asked):
    """What may stand in the address of the roll."""

    report = fields.Enum(Report, by_value=True)
    village = fields.String(validate=validate.Regexp(r"^[0-9]{12}$"))
    category = fields.Enum(HouseholdCategory, by_value=True)
    monitored = fields.String(validate=validate.OneOf(YES_NO))
    relocated = fields.String(validate=validate.OneOf(YES_NO))
    linked = fields.String(validate=validate.OneOf(YES_NO))
    word = fields.String(validate=validate.Regexp(r"^[A-Za-z0-9]{1,16}$"))
    after = fields.String(validate=validate.Length(max=400))


@pages.get("/register")
@requires(Role.OFFICIAL)
def index() -> str:
    """List the region's households; every page that is read is put on record."""
    scope = current_scope()
    asked = read_address(RollQuery())
    place = asked.get("village", scope.code)
    scope.ensure(place)
    at = clock.now()
    wanted = RollFilter(
        scope=place,
        report=asked.get("report", Report.ALL),
        categories=frozenset([asked["category"]] if "category" in asked else ()),
        monitored=YES_NO.get(asked.get("monitored", "")),
        relocated=YES_NO.get(asked.get("relocated", "")),
        linked=YES_NO.get(asked.get("linked", "")),
        word=asked.get("word", "").upper(),
    )
    with unit_of_work() as session:
        days = links.find_days(session, on=today())
        page = roll.list_roll(session, wanted, days, key=asked.get("after"), size=PAGE_SIZE)
        total = roll.count_roll(session, wanted, days)
        villages = roll.list_villages(session, scope.code)
        terms = histories.list_terms(session)
        (region, *_) = volumes.list_places(session, scope.code)
        seen(
            session,
            "register_listed",
            f"region:{place}",
            at=at,
            report=str(wanted.report),
            households=str(len(page.rows)),
        )
    kept = _kept(scope.code)
    return render_template(
        "oversight/register/index.html",
        scope=scope,
        region=region,
        page=page,
        total=total,
        report=str(wanted.report),
        asked=kept,
        villages=villages,
        categories=words.categories(terms),
        next_href=url_for(".index", **kept, after=page.next_key) if page.next_key else None,
        first_href=url_for(".index", **kept) if "after" in asked else None,
        months=days,
    )


@pages.get("/register/falling")
@requires(Role.OFFICIAL)
def falling() -> str:
    """List households whose credited income fell against the same months a year before."""
    scope = current_scope()
    key = read_address(RollQuery()).get("after")
    with unit_of_work() as session:
        comparison = income.find_comparison(session, on=today())
        page = income.list_falling(session, scope.code, comparison, key=key, size=PAGE_SIZE)
        (region, *_) = volumes.list_places(session, scope.code)
        seen(
            session,
            "register_listed",
            f"region:{scope.code}",
            at=clock.now(),
            report=FALLING,
            households=str(len(page.rows)),
        )
    kept: dict[str, Any] = {"region": scope.code}
    return render_template(
        "oversight/register/falling.html",
        scope=scope,
        region=region,
        page=page,
        comparison=comparison,
        report=FALLING,
        next_href=url_for(".falling", **kept, after=page.next_key) if page.next_key else None,
        first_href=url_for(".falling", **kept) if key else None,
    )


def _kept(region: str) -> dict[str, Any]:
    """Return the filter as arguments of an address: known names only, without the page."""
    names = set(RollQuery().fields) - {"after"}
    kept: dict[str, Any] = {
        name: request.args[name] for name in sorted(names) if request.args.get(name)
    }
    return kept | {"region": region}
