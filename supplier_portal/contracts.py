"""Our contracts: by model with state and period; one contract, its versions, and its end."""

from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from households import queries, service
from households.queries.advances import list_advances, list_closings
from households.queries.contracts import ContractRow
from households.rules import advances as advance_rules
from households.rules import examples
from households.rules import terms as rules
from households.rules.examples import Example
from households.rules.periods import state_of
from households.values import ContractVersionId, LinkageModel, VersionState
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError, NotFoundError
from parties.values import Role
from shop.errors import sentence
from supplier_portal.access import actor_code, seller_code
from workflows import advances

pages = Blueprint("supplier_contracts", __name__)

DRAFTERS = (Role.MANAGER, Role.CLERK)
PAGE_SIZE = 50


@pages.get("/contracts")
@requires(*DRAFTERS)
def index() -> str:
    """List the seller's contracts with the version that counts today."""
    code, today = seller_code(), clock.local_date(clock.now())
    model = _model(request.args.get("model"))
    key = request.args.get("after")
    with unit_of_work() as session:
        counts = queries.count_by_model(session, code, on=today)
        page = queries.list_latest(
            session, code, on=today, model=model, key=key, size=PAGE_SIZE
        )
    return render_template(
        "supplier_portal/contracts/index.html",
        counts=counts,
        page=page,
        model=model,
        states={row.contract_code: row_state(row, today) for row in page.rows},
        is_first=key is None,
    )


@pages.get("/contracts/<code>")
@requires(*DRAFTERS)
def show(code: str) -> str:
    """Show a contract: what it says, what it would pay, its versions and the next step."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        versions = own_versions(session, code)
        shown = _shown(versions, today)
        worked = _worked_out(session, shown, today)
        paid = list_advances(session, contract_code=code)
        closings = list_closings(session, [code]) if paid else []
    return render_template(
        "supplier_portal/contracts/show.html",
        contract=versions[0],
        versions=versions,
        shown=shown,
        said=rules.describe(shown.model, shown.terms) if shown.terms else [],
        weighed=rules.describe_weights(shown.model, shown.terms) if shown.terms else None,
        examples=worked,
        advance=paid[0] if paid else None,
        closings=closings,
        due_minor=_due(versions),
        has_ended=has_ended(versions, today),
        states={row.version: row_state(row, today) for row in versions},
        today=today,
        may_activate=_may_activate(),
    )


@pages.post("/contracts/<code>/activate")
@requires(Role.MANAGER)
def activate(code: str) -> ResponseReturnValue:
    """Bring a draft into force; a refusal says what to change."""
    at = clock.now()
    try:
        with unit_of_work() as session:
            _ensure_manager()
            draft = _draft(own_versions(session, code), clock.local_date(at))
            paid = advances.activate(session, draft, actor=actor_code(), at=at)
            audit.record(session, act("contract_activated", code, at))
    except (ConflictError, InvalidError) as refusal:
        flash(sentence(refusal), "error")
        return redirect(url_for(".show", code=code))
    flash(_("合同已生效。"), "success")
    if paid is not None:
        flash(_("定金已记入应付农户。"), "success")
    return redirect(url_for(".show", code=code))


@pages.post("/contracts/<code>/discard")
@requires(*DRAFTERS)
def discard(code: str) -> ResponseReturnValue:
    """Throw a draft away; what is in force stays."""
    at = clock.now()
    with unit_of_work() as session:
        drafts = [
            row.version_id for row in own_versions(session, code) if row.activated_at is None
        ]
        for version_id in drafts:
            if version_id is not None:
                service.discard_draft(session, version_id)
        audit.record(session, act("contract_draft_discarded", code, at))
    flash(_("草稿已删除。"), "success")
    return redirect(url_for(".show", code=code))


@pages.post("/contracts/<code>/end")
@requires(Role.MANAGER)
def end(code: str) -> ResponseReturnValue:
    """Set the last day of the version in force."""
    at = clock.now()
    today = clock.local_date(at)
    try:
        last_day = _last_day(request.form.get("last_day", ""), today)
        with unit_of_work() as session:
            _ensure_manager()
            for row in own_versions(session, code):
                if row_state(row, today) is VersionState.IN_FORCE and row.version_id:
                    service.end_version(session, row.version_id, last_day=last_day)
            audit.record(session, act("contract_ended", code, at))
    except (ConflictError, InvalidError) as refusal:
        flash(sentence(refusal), "error")
        return redirect(url_for(".show", code=code))
    flash(_("合同将在 %(day)s 结束。", day=last_day.isoformat()), "success")
    return redirect(url_for(".show", code=code))


def own_versions(session: Session, code: str) -> list[ContractRow]:
    """Return every version of one of the seller's contracts; of no one else's."""
    versions = queries.find_contract(session, code)
    if not versions or versions[0].organisation_code != seller_code():
        raise NotFoundError("contract_not_found", "there is no such contract")
    return versions


def row_state(row: ContractRow, today: date) -> VersionState:
    """Return where a version stands; a contract without one is a draft."""
    if row.effective_from is None:
        return VersionState.DRAFT
    return state_of(row.effective_from, row.effective_to, row.activated_at, on=today)


def act(action: str, code: str, at: datetime) -> Act:
    """Return what the signed-in person did to a contract, ready to be recorded."""
    return Act(
        actor=actor_code(),
        action=action,
        subject=f"contract:{code}",
        purpose="supplier_portal",
        at=at,
        detail={},
    )


def has_ended(versions: list[ContractRow], today: date) -> bool:
    """Return whether a contract was in force and no version of it is or will be again."""
    begun = [row for row in versions if row.activated_at is not None]
    return bool(begun) and all(row_state(row, today) is VersionState.ENDED for row in begun)


def _due(versions: list[ContractRow]) -> int:
    """Return what a contract with one household will pay in advance once its draft begins."""
    newest = versions[0]
    if newest.household_id is None or newest.terms is None:
        return 0
    if any(row.activated_at is not None for row in versions):
        return 0
    return advance_rules.advance_of(newest.model, newest.terms)


def _worked_out(session: Session, row: ContractRow, today: date) -> list[Example]:
    if row.terms is None:
        return []
    holding = queries.find_assumptions(session, [row.organisation_code], on=today)
    return examples.work_out(row.model, row.terms, holding.of(row.organisation_code, row.terms))


def _shown(versions: list[ContractRow], today: date) -> ContractRow:
    """Return the version whose terms a page shows: in force, else the newest."""
    holding = [row for row in versions if row_state(row, today) is VersionState.IN_FORCE]
    return holding[0] if holding else versions[0]


def _draft(versions: list[ContractRow], today: date) -> ContractVersionId:
    """Return the draft to be activated; it may not reach back into an earlier version."""
    draft = next((row for row in versions if row.activated_at is None), None)
    if draft is None or draft.version_id is None or draft.effective_from is None:
        raise ConflictError("contract_without_draft", "there is no draft to activate")
    is_first = all(row.activated_at is None for row in versions)
    if not is_first and draft.effective_from < today:
        raise InvalidError("contract_starts_in_past", "a new version cannot begin before today")
    return draft.version_id


def _may_activate() -> bool:
    return seller_code() in current_actor().organisation_codes(Role.MANAGER)


def _ensure_manager() -> None:
    current_actor().ensure_organisation(seller_code(), Role.MANAGER)


def _model(text: str | None) -> LinkageModel | None:
    if not text:
        return None
    if text not in set(LinkageModel):
        raise NotFoundError("contract_model_unknown", f"there is no model {text}")
    return LinkageModel(text)


def _last_day(text: str, today: date) -> date:
    try:
        last_day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError("contract_day_missing", "a day is needed") from error
    if last_day < today:
        raise InvalidError("contract_ends_in_past", "the last day lies before today")
    return last_day
