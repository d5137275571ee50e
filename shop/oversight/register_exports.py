"""The region's register as a file, for a purpose that stays on record; never with names."""

from flask import Blueprint, Response
from marshmallow import fields, validate

from households.queries import histories
from households.queries.imports import list_known
from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.clock import local_date
from kernel.db import unit_of_work
from parties.values import Role
from reporting.register import roll
from shop.oversight.exports import CSV, XLSX
from shop.oversight.register_access import Asked, actor_code, read_form
from shop.oversight.register_tables import register_rows, to_csv, to_workbook
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_register_exports", __name__)

PURPOSE_MIN, PURPOSE_MAX = 4, 120
FORMATS = ("csv", "xlsx")


class ExportForm(Asked):
    """Why the register is taken out, and as what."""

    purpose = fields.String(
        required=True, validate=validate.Length(min=PURPOSE_MIN, max=PURPOSE_MAX)
    )
    form = fields.String(required=True, validate=validate.OneOf(FORMATS))


@pages.post("/register/files/export")
@requires(Role.OFFICIAL)
def take_out() -> Response:
    """Answer the region's register in the platform's fields; who, why and how many is kept."""
    scope = current_scope()
    given = read_form(ExportForm())
    at = clock.now()
    with unit_of_work() as session:
        known = list_known(session, scope=scope.code)
        terms = {row.category: row.term for row in histories.list_terms(session)}
        villages = dict(roll.list_villages(session, scope.code))
        audit.record(
            session,
            Act(
                actor=actor_code(),
                action="register_exported",
                subject=f"region:{scope.code}",
                purpose=given["purpose"],
                at=at,
                detail={"households": str(len(known)), "form": given["form"]},
            ),
        )
    rows = register_rows(known, terms, villages)
    is_book = given["form"] == "xlsx"
    body = to_workbook(rows) if is_book else to_csv(rows)
    response = Response(body, content_type=XLSX if is_book else CSV)
    name = f"register-{scope.code}-{local_date(at):%Y%m%d}.{given['form']}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
