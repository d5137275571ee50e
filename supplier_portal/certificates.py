"""My certificates: what is held until when, what is under review, handing a new one in."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import queries as catalog_queries
from catalog.errors.papers import PaperNotFoundError
from catalog.queries import papers as queries
from catalog.values.papers import LabResult
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError, NotFoundError
from parties import service as parties
from parties.values import SELLER_ROLES, Role
from shop import scans
from shop.errors import sentence
from supplier_portal import paper_forms
from supplier_portal.access import actor_code, seller_code
from workflows import laboratory_failed, lot_recalled

pages = Blueprint("supplier_certificates", __name__)

KEEPERS = (Role.MANAGER, Role.CLERK)
LABELS = 6
"""Copies on a sheet."""


@pages.get("/certificates")
@requires(*SELLER_ROLES)
def index() -> str:
    """List what the seller holds, the soonest to end first."""
    at = clock.now()
    with unit_of_work() as session:
        rows = queries.list_own_papers(session, seller_code(), at=at)
        ending = queries.list_ending(session, seller_code(), at=at)
    return render_template("supplier_portal/certificates/index.html", rows=rows, ending=ending)


@pages.get("/certificates/new")
@requires(*KEEPERS)
def new() -> str:
    """Show the form of a new paper."""
    return _form({}, {})


@pages.post("/certificates")
@requires(*KEEPERS)
def submit() -> ResponseReturnValue:
    """Hand a paper in; a failed test takes its lots off the shelf at once."""
    at, person = clock.now(), current_actor().person_id
    try:
        scan = scans.handed_in()
        paper = paper_forms.read_paper(
            request.form, seller_code=seller_code(), scan=scan, by=person, at=at
        )
        with unit_of_work() as session:
            code, holders = laboratory_failed.submit(session, paper)
            audit.record(session, _act("paper_submitted", code))
    except (InvalidError, ConflictError, NotFoundError) as refused:
        return _form(request.form, {"type": sentence(refused)}), 422
    for lot in paper.lots if holders else ():
        for number in holders:
            with unit_of_work() as session:
                lot_recalled.close_holder(session, number, lot, at=clock.now())
    if paper.result is LabResult.FAIL:
        flash(_("检测不合格，相关批次已立即停售。"), "warning")
    else:
        flash(_("已提交，平台审核后生效。"), "success")
    return redirect(url_for(".show", code=code))


@pages.get("/certificates/<code>")
@requires(*SELLER_ROLES)
def show(code: str) -> str:
    """Show one paper with its steps and, after a failed test, what was sold."""
    at = clock.now()
    with unit_of_work() as session:
        paper = queries.get_own_paper(session, code, seller_code(), at=at)
        steps = queries.list_steps(session, paper.id)
        sources = queries.list_sources(session, paper.id)
        lots = [one for one, _name, _name_en, is_lot in paper.goods if is_lot]
        is_failed = paper.result is LabResult.FAIL
        sold = laboratory_failed.list_sold(session, lots) if is_failed else []
    return render_template(
        "supplier_portal/certificates/show.html",
        paper=paper,
        steps=steps,
        sources=sources,
        sold=sold,
    )


@pages.get("/certificates/<code>/scan")
@requires(*SELLER_ROLES)
def scan(code: str) -> Response:
    """Answer the scan of one of the seller's own papers."""
    with unit_of_work() as session:
        paper = queries.get_own_paper(session, code, seller_code(), at=clock.now())
        if paper.document_id is None:
            raise PaperNotFoundError
        content, media_type = queries.open_document(session, paper.document_id)
    return scans.answer(content, media_type, f"certificate-{code}")


@pages.get("/certificates/<code>/label")
@requires(*SELLER_ROLES)
def label(code: str) -> str:
    """Show a sheet of QR codes to print: each leads to what the paper is worth then."""
    with unit_of_work() as session:
        paper = queries.get_own_paper(session, code, seller_code(), at=clock.now())
    return render_template(
        "supplier_portal/certificates/label.html",
        paper=paper,
        copies=LABELS,
        address=url_for("storefront_certificates.show", code=code, _external=True),
    )


@pages.post("/certificates/notices")
@requires(Role.MANAGER)
def notices() -> ResponseReturnValue:
    """Say where reminders of the end of papers go."""
    with unit_of_work() as session:
        parties.set_notice_email(session, seller_code(), request.form.get("email", ""))
        audit.record(session, _act("notice_email_set", seller_code()))
    flash(_("已保存。到期提醒会发到这个邮箱。"), "success")
    return redirect(url_for(".index"))


def _form(typed: object, errors: dict[str, str]) -> str:
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        types = queries.list_types(session)
        brands = queries.list_brands(session)
        skus = catalog_queries.list_seller_skus(session, seller_code(), on=today)
    products = {row.product_code: (row.name, row.name_en) for row in skus}
    return render_template(
        "supplier_portal/certificates/new.html",
        types=types,
        brands=brands,
        products=products,
        typed=typed,
        errors=errors,
    )


def _act(action: str, code: str) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=f"paper:{code}",
        purpose="supplier_portal",
        at=clock.now(),
        detail={},
    )
