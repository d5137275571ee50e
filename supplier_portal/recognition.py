"""Recognition of my products: apply, read how far it is, mend and apply again."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import queries as catalog_queries
from catalog.errors.papers import ApplicationNotFoundError
from catalog.queries import papers as paper_queries
from catalog.queries import recognition as queries
from catalog.queries.recognition import ApplicationRow
from catalog.service import recognition as service
from catalog.values.recognition import Linkage
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from parties.values import SELLER_ROLES, Role
from shop import scans
from shop.errors import sentence
from supplier_portal import paper_forms
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_recognition", __name__)


@pages.get("/recognition")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's applications."""
    with unit_of_work() as session:
        rows = queries.list_own_applications(session, seller_code())
    return render_template("supplier_portal/recognition/index.html", rows=rows)


@pages.get("/recognition/new")
@requires(Role.MANAGER)
def new() -> str:
    """Show the empty form."""
    return _form({}, {}, None)


@pages.post("/recognition")
@requires(Role.MANAGER)
def apply() -> ResponseReturnValue:
    """Hand an application in."""
    try:
        form, scan = paper_forms.read_application(request.form), scans.handed_in("document")
        with unit_of_work() as session:
            code = service.hand_in(
                session,
                form,
                seller_code=seller_code(),
                by=current_actor().person_id,
                document=scan,
                at=clock.now(),
            )
            audit.record(session, _act("recognition_applied", code))
    except (InvalidError, ConflictError) as refused:
        return _form(request.form, {"product": sentence(refused)}, None), 422
    flash(_("申请已提交，由所在镇乡先审。"), "success")
    return redirect(url_for(".show", code=code))


@pages.get("/recognition/<code>")
@requires(*SELLER_ROLES)
def show(code: str) -> str:
    """Show one application with every step."""
    with unit_of_work() as session:
        row = queries.get_own_application(session, code, seller_code())
        steps = queries.list_steps(session, row.id)
    return render_template("supplier_portal/recognition/show.html", row=row, steps=steps)


@pages.get("/recognition/<code>/again")
@requires(Role.MANAGER)
def again(code: str) -> str:
    """Show the form of a rejected application as it was, to be mended."""
    with unit_of_work() as session:
        row = queries.get_own_application(session, code, seller_code())
    return _form(_typed(row), {}, row.code)


@pages.post("/recognition/<code>/again")
@requires(Role.MANAGER)
def apply_again(code: str) -> ResponseReturnValue:
    """Hand a mended application in."""
    try:
        form, scan = paper_forms.read_application(request.form), scans.handed_in("document")
        with unit_of_work() as session:
            service.hand_in_again(
                session,
                code,
                form,
                seller_code=seller_code(),
                by=current_actor().person_id,
                document=scan,
                at=clock.now(),
            )
            audit.record(session, _act("recognition_applied_again", code))
    except (InvalidError, ConflictError) as refused:
        with unit_of_work() as session:
            queries.get_own_application(session, code, seller_code())
        return _form(request.form, {"product": sentence(refused)}, code), 422
    flash(_("已重新提交，各级重新审核。"), "success")
    return redirect(url_for(".show", code=code))


@pages.post("/recognition/<code>/withdraw")
@requires(Role.MANAGER)
def withdraw(code: str) -> ResponseReturnValue:
    """Take an application back, or give a recognition up."""
    with unit_of_work() as session:
        service.withdraw(
            session,
            code,
            seller_code=seller_code(),
            by=current_actor().person_id,
            at=clock.now(),
        )
        audit.record(session, _act("recognition_withdrawn", code))
    flash(_("已撤回。商品按普通商品销售，不再显示认定标识。"), "success")
    return redirect(url_for(".show", code=code))


@pages.get("/recognition/<code>/documents/<int:number>")
@requires(*SELLER_ROLES)
def document(code: str, number: int) -> Response:
    """Answer the file of one step of the seller's own application."""
    with unit_of_work() as session:
        row = queries.get_own_application(session, code, seller_code())
        found = [one for one in queries.list_steps(session, row.id) if one.number == number]
        if not found or found[0].document_id is None:
            raise ApplicationNotFoundError
        content, media_type = paper_queries.open_document(session, found[0].document_id)
    return scans.answer(content, media_type, f"recognition-{code}-{number}")


def _form(typed: object, errors: dict[str, str], code: str | None) -> str:
    at = clock.now()
    with unit_of_work() as session:
        skus = catalog_queries.list_seller_skus(session, seller_code(), on=clock.local_date(at))
        terms = service.get_terms(session, at=at)
    return render_template(
        "supplier_portal/recognition/new.html",
        products={row.product_code: (row.name, row.name_en) for row in skus},
        linkages=[one.value for one in Linkage],
        terms=terms,
        typed=typed,
        errors=errors,
        code=code,
    )


def _typed(row: ApplicationRow) -> dict[str, str]:
    return {
        "product": row.product_code,
        "spec": row.spec,
        "unit_price": _yuan(row.unit_price_minor),
        "yearly_output": str(row.yearly_output_kg),
        "product_value": _yuan(row.product_value_minor),
        "supply_period": row.supply_period,
        "licence": row.licence_number,
        "test_report": row.test_report_number,
        "linkage": row.linkage.value,
        "lifted": str(row.households_lifted),
        "monitored": str(row.households_monitored),
        "gain": _yuan(row.average_gain_minor),
    }


def _act(action: str, code: str) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=f"recognition:{code}",
        purpose="supplier_portal",
        at=clock.now(),
        detail={},
    )


def _yuan(minor: int) -> str:
    """Write fen as plain yuan, as one types them."""
    return f"{minor // 100}.{minor % 100:02d}"
