"""Saved invoice titles: a person's own, and those an organisation's buyers share."""

from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties import queries as party_queries
from parties.values import TITLE_ROLES
from payments.queries import titles as queries
from payments.service import titles
from payments.values.invoices import SavedTitle, TitleOwner
from shop.invoice_papers import LAST_ID, faults, list_own, read_title, reader_of, typed

pages = Blueprint("storefront_titles", __name__)

Number = f"<int(max={LAST_ID}):title_id>"


@pages.get("/account/invoice-titles")
@signed_in
def index() -> str:
    """List the person's titles and those of their organisations, defaults first."""
    reader = reader_of(current_actor())
    with unit_of_work() as session:
        rows = list_own(session)
        names = _names(session, reader.chooses_for | reader.keeps_for)
    return render_template(
        "storefront/titles/index.html", rows=rows, names=names, keeps_for=reader.keeps_for
    )


@pages.get("/account/invoice-titles/new")
@signed_in
def new() -> str:
    """Ask for a title, of the person or of an organisation they keep titles for."""
    code = request.args.get("organisation", "")
    if code:
        current_actor().ensure_organisation(code, *TITLE_ROLES)
    return _form({}, {}, None, code)


@pages.post("/account/invoice-titles")
@signed_in
def save() -> ResponseReturnValue:
    """Keep a title."""
    actor, code = current_actor(), request.form.get("organisation", "")
    if code:
        actor.ensure_organisation(code, *TITLE_ROLES)
    values = typed()
    try:
        title = read_title(values)
    except InvalidError as refused:
        return _form(values, faults(refused), None, code), 422
    owner = TitleOwner(None, code) if code else TitleOwner(actor.person_id)
    with unit_of_work() as session:
        titles.keep_title(session, owner, title, is_default=_wants_default(), at=clock.now())
    return _done(_("抬头已保存。"))


@pages.get(f"/account/invoice-titles/{Number}")
@signed_in
def show(title_id: int) -> str:
    """Show a title to change it."""
    with unit_of_work() as session:
        saved = queries.get_kept(session, reader_of(current_actor()), title_id)
    return _form(_values(saved), {}, title_id, saved.organisation_code or "")


@pages.post(f"/account/invoice-titles/{Number}")
@signed_in
def change(title_id: int) -> ResponseReturnValue:
    """Write a title anew."""
    values, reader = typed(), reader_of(current_actor())
    try:
        title = read_title(values)
    except InvalidError as refused:
        with unit_of_work() as session:
            saved = queries.get_kept(session, reader, title_id)
        return _form(values, faults(refused), title_id, saved.organisation_code or ""), 422
    with unit_of_work() as session:
        titles.change_title(session, reader, title_id, title, is_default=_wants_default())
    return _done(_("抬头已保存。"))


@pages.post(f"/account/invoice-titles/{Number}/default")
@signed_in
def make_default(title_id: int) -> ResponseReturnValue:
    """Let a title be chosen first."""
    with unit_of_work() as session:
        titles.make_default_title(session, reader_of(current_actor()), title_id)
    return _done(_("默认抬头已更改。"))


@pages.post(f"/account/invoice-titles/{Number}/delete")
@signed_in
def delete(title_id: int) -> ResponseReturnValue:
    """Destroy a title; what was issued with it stays."""
    with unit_of_work() as session:
        titles.remove_title(session, reader_of(current_actor()), title_id)
    return _done(_("抬头已删除，已开的发票不变。"))


def _names(session: Session, codes: frozenset[str]) -> dict[str, str]:
    found = party_queries.list_organisations(session, sorted(codes))
    return {code: found[code].name for code in sorted(found)}


def _values(saved: SavedTitle) -> dict[str, str]:
    title = saved.title
    said = {"kind": title.kind, "name": title.name, "tax_number": title.tax_number}
    return said | {"form": title.form} | asdict(title.details)


def _wants_default() -> bool:
    return request.form.get("is_default") == "yes"


def _form(
    values: Mapping[str, str], errors: Mapping[str, str], title_id: int | None, code: str
) -> str:
    return render_template(
        "storefront/titles/new.html",
        values=values,
        errors=errors,
        title_id=title_id,
        organisation_code=code,
    )


def _done(message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("storefront_titles.index"))
