"""Signing in, out and up, and the choice of language."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError, ForbiddenError, InvalidError
from parties import service as parties
from parties.values import PersonId
from shop import errors, security
from shop.i18n import LOCALES
from shop.patience import asks_password
from shop.security import find_actor, public

pages = Blueprint("storefront_account", __name__)


@pages.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the form to sign in."""
    if find_actor() is not None:
        return redirect(way_on())
    return _form("storefront/account/login.html", {}, "", status=200)


@pages.post("/login")
@public
@asks_password
def sign_in() -> ResponseReturnValue:
    """Begin a session for the right login and password."""
    name = request.form.get("login", "")
    try:
        with unit_of_work() as db_session:
            person_id = parties.sign_in(
                db_session, login=name, password=request.form.get("password", "")
            )
    except ForbiddenError as refusal:
        message = errors.sentence(refusal)
        return _form("storefront/account/login.html", {"login": name}, message, status=403)
    security.remember(person_id)
    return redirect(way_on())


@pages.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """End this session and every other one of the person."""
    actor = find_actor()
    if actor is not None:
        with unit_of_work() as db_session:
            parties.end_sessions(db_session, PersonId(actor.person_id))
    security.forget()
    flash(_("您已退出登录。"), "success")
    return redirect("/")


@pages.get("/register")
@public
def register() -> ResponseReturnValue:
    """Show the form to sign up as a consumer."""
    return _form("storefront/account/register.html", {}, "", status=200)


@pages.post("/register")
@public
def sign_up() -> ResponseReturnValue:
    """Make an account and begin its session."""
    values = {name: request.form.get(name, "") for name in ("login", "display_name")}
    try:
        with unit_of_work() as db_session:
            person_id = parties.register(
                db_session,
                login=values["login"],
                display_name=values["display_name"],
                password=request.form.get("password", ""),
                at=clock.now(),
            )
    except (ConflictError, InvalidError) as refusal:
        message = errors.sentence(refusal)
        return _form("storefront/account/register.html", values, message, status=422)
    security.remember(person_id)
    return redirect(way_on())


@pages.post("/language")
@public
def language() -> ResponseReturnValue:
    """Switch the language of this browser, and of the account when signed in."""
    wanted = request.form.get("language", "")
    if wanted in LOCALES:
        session["locale"] = wanted
        actor = find_actor()
        if actor is not None:
            with unit_of_work() as db_session:
                parties.set_locale(db_session, PersonId(actor.person_id), wanted)
    return redirect(way_on())


def _form(
    template: str, values: dict[str, str], error: str, *, status: int
) -> ResponseReturnValue:
    page = render_template(template, values=values, error=error, next_path=way_on())
    return page, status


def way_on() -> str:
    """Return where to go on to: a path of this shop and never another host."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    if is_path and not parts.scheme and not parts.netloc and "\\" not in wanted:
        return wanted
    return url_for("storefront_orders.index") if find_actor() else "/"
