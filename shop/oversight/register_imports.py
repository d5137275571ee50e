"""Files of the monitoring platform: looked over in full first, then carried out whole."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from households import service as households
from households.queries import histories
from households.queries.imports import read_context
from households.rules import cells, imports
from households.values.imports import Cells, ImportPlan
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import Role
from reporting import volumes
from reporting.values import Place
from shop.oversight import register_words as words
from shop.oversight.register_access import Asked, actor_code, read_form, seen, today
from shop.oversight.register_faults import sentence
from shop.oversight.register_tables import to_text
from shop.oversight.scopes import Scope, current_scope
from shop.uploads import read_rows

pages = Blueprint("oversight_register_imports", __name__)

KINDS = ("register", "reclassification")
SHOWN = 200
CONTENT_MAX = 1_500_000


class KindForm(Asked):
    """Which kind of file it is."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))


@dataclass(frozen=True, slots=True)
class Looked:
    """A file held against the register of a region."""

    region: Place
    plan: ImportPlan
    categories: dict[str, str]


@pages.get("/register/files")
@requires(Role.OFFICIAL)
def index() -> str:
    """Offer the import of two kinds of file and the export of the region's register."""
    scope = current_scope()
    with unit_of_work() as session:
        (region, *_rest) = volumes.list_places(session, scope.code)
    return render_template(
        "oversight/register_imports/index.html",
        scope=scope,
        region=region,
        columns={"register": cells.REGISTER_COLUMNS, "reclassification": cells.RECLASS_COLUMNS},
        maximum=imports.MAX_ROWS,
    )


@pages.post("/register/files/preview")
@requires(Role.OFFICIAL)
def preview() -> str:
    """Show every change and every fault of a file; nothing is written."""
    scope = current_scope()
    kind = read_form(KindForm())["kind"]
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidError("file_missing", "choose a file")
    rows = read_rows(upload.read())
    with unit_of_work() as session:
        looked = _look(session, scope, kind, rows)
        seen(
            session,
            "register_file_looked_over",
            f"region:{scope.code}",
            at=clock.now(),
            kind=kind,
            rows=str(len(rows)),
            faults=str(len(looked.plan.faults)),
        )
    return _show(scope, kind, rows, looked)


@pages.post("/register/files/apply")
@requires(Role.OFFICIAL)
def apply() -> ResponseReturnValue:
    """Carry a file out whole, judged anew; a file with faults changes nothing."""
    scope = current_scope()
    kind = read_form(KindForm())["kind"]
    content = request.form.get("content", "")
    if not 0 < len(content) <= CONTENT_MAX:
        raise InvalidError("file_missing", "choose a file")
    rows = read_rows(content.encode())
    at = clock.now()
    with unit_of_work() as session:
        numbers = sorted({row.get(cells.HOUSEHOLD, "").strip() for row in rows})
        households.lock_households(session, numbers)
        looked = _look(session, scope, kind, rows)
        if not looked.plan.faults:
            households.apply_plan(session, looked.plan, actor=actor_code(), at=at)
            seen(
                session,
                "register_file_imported",
                f"region:{scope.code}",
                at=at,
                kind=kind,
                rows=str(len(rows)),
                changes=str(len(looked.plan.shown)),
            )
    if looked.plan.faults:
        return _show(scope, kind, rows, looked), 409
    if looked.plan.is_empty:
        flash(_("文件内容与名册一致，没有需要改动的地方。"), "info")
    else:
        flash(_("已导入，共改动 %(n)s 处。", n=len(looked.plan.shown)), "success")
    return redirect(url_for(".index", region=scope.code))


def _look(session: Session, scope: Scope, kind: str, rows: list[Cells]) -> Looked:
    numbers = {row.get(cells.HOUSEHOLD, "").strip().removeprefix("'") for row in rows}
    context = read_context(session, numbers, scope=scope.code, today=today())
    planning = imports.plan_register if kind == "register" else imports.plan_reclassification
    (region, *_rest) = volumes.list_places(session, scope.code)
    return Looked(
        region,
        planning(rows, context),
        words.categories(histories.list_terms(session)),
    )


def _show(scope: Scope, kind: str, rows: list[Cells], looked: Looked) -> str:
    return render_template(
        "oversight/register_imports/preview.html",
        scope=scope,
        region=looked.region,
        kind=kind,
        plan=looked.plan,
        shown=looked.plan.shown[:SHOWN],
        faults=looked.plan.faults[:SHOWN],
        sentence=sentence,
        categories=looked.categories,
        content="" if looked.plan.faults else to_text(rows),
    )
