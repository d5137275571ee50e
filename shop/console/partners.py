"""Keys of partners' machines that exchange events, and the GS1 prefix goods are named by."""

import re
from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from cold_chain import queries
from cold_chain import service as cold_chain
from kernel import audit, clock
from kernel.access import requires
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import Role
from shop.console.acting import act, actor_code

pages = Blueprint("console_partners", __name__)

MAX_LABEL: Final = 60
MAX_BASIS: Final = 200
PREFIX: Final = re.compile(r"[0-9]{6,12}", re.ASCII)


@pages.get("/partners")
@requires(Role.OPERATOR)
def index() -> ResponseReturnValue:
    """List keys and prefixes."""
    return _page("")


@pages.post("/partners/keys")
@requires(Role.OPERATOR)
def give() -> ResponseReturnValue:
    """Make a key and show it, this one time only."""
    at, organisation = clock.now(), _text("organisation", 64)
    label = _text("label", MAX_LABEL)
    with unit_of_work() as session:
        token = cold_chain.give_client_key(
            session,
            organisation,
            label=label,
            may_capture=request.form.get("may_capture") == "yes",
            actor=actor_code(),
            at=at,
        )
        code = token.partition(".")[0]
        detail = {"organisation": organisation, "label": label}
        audit.record(session, act("partner_key_given", f"key:{code}", at=at, detail=detail))
    return _page(token)


@pages.post("/partners/keys/<code>/revoke")
@requires(Role.OPERATOR)
def revoke(code: str) -> ResponseReturnValue:
    """Take a key back."""
    at = clock.now()
    with unit_of_work() as session:
        cold_chain.revoke_client_key(session, code, at=at)
        audit.record(session, act("partner_key_revoked", f"key:{code[:40]}", at=at))
    flash(_("密钥已停用。"))
    return redirect(url_for(".index"))


@pages.post("/partners/prefixes")
@requires(Role.OPERATOR)
def register() -> ResponseReturnValue:
    """Enter a company prefix somebody was given."""
    at, prefix = clock.now(), _text("prefix", 12)
    if PREFIX.fullmatch(prefix) is None:
        raise InvalidError("gs1_prefix_invalid", "6 to 12 digits", field="prefix")
    organisation, basis = _text("holder", 64), _text("basis", MAX_BASIS)
    with unit_of_work() as session:
        cold_chain.register_prefix(
            session,
            prefix,
            organisation_code=organisation,
            basis=basis,
            valid_from=local_date(at),
        )
        detail = {"organisation": organisation, "basis": basis}
        audit.record(session, act("gs1_prefix_entered", f"gs1:{prefix}", at=at, detail=detail))
    flash(_("厂商识别代码已登记。"))
    return redirect(url_for(".index"))


def _page(token: str) -> ResponseReturnValue:
    with unit_of_work() as session:
        keys = queries.list_client_keys(session)
        prefixes = queries.list_prefixes(session)
    response = make_response(
        render_template(
            "console/partners/index.html",
            keys=keys,
            prefixes=prefixes,
            token=token,
            address=url_for("api_epcis.show_service", _external=True),
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _text(name: str, maximum: int) -> str:
    found = request.form.get(name, "").strip()
    if not 0 < len(found) <= maximum or not found.isprintable():
        raise InvalidError("partner_field_missing", f"{name} is wanted", field=name)
    return found
