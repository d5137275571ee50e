"""Draw up a contract in a guided form; a worked example stands beside it before it is saved."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from households import queries, service
from households.queries.contracts import ContractRow
from households.rules import examples
from households.rules.examples import Example
from households.values import HouseholdId, LinkageModel, NewContract
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError, ShanjiError
from shop.errors import sentence
from supplier_portal import contract_form
from supplier_portal.access import seller_code
from supplier_portal.contract_form import Written
from supplier_portal.contracts import DRAFTERS, act, own_versions

pages = Blueprint("supplier_contract_drafts", __name__)

REFUSED = 422
FORM = "form"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a form is about: a new contract of a model, or a new version of one."""

    model: LinkageModel
    members: list[HouseholdId]
    contract: ContractRow | None = None

    @property
    def action(self) -> str:
        """Return where the form is sent."""
        if self.contract is None:
            return url_for(".draw_up", model=self.model.value)
        return url_for(".redraw", code=self.contract.contract_code)


@pages.get("/contracts/new")
@requires(*DRAFTERS)
def choose() -> str:
    """Offer the models, in plain words."""
    return render_template("supplier_portal/contract_drafts/choose.html", models=LinkageModel)


@pages.get("/contracts/new/<model>")
@requires(*DRAFTERS)
def begin(model: str) -> str:
    """Show the empty form of a model."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        subject = _subject(session, model, today)
    values = {"effective_from": today.isoformat()}
    if subject.model.value in {"CONSIGN", "PREMIUM"}:
        values["household"] = ""
    return _form(subject, Written(subject.model, values), [])


@pages.post("/contracts/new/<model>")
@requires(*DRAFTERS)
def draw_up(model: str) -> ResponseReturnValue:
    """Try the entered terms out, or save them as a draft."""
    at = clock.now()
    today = clock.local_date(at)
    with unit_of_work() as session:
        subject = _subject(session, model, today)
        written = contract_form.read(subject.model, request.form, subject.members)
        is_trial = _is_trial() or bool(written.errors)
        worked = _try(session, written, today) if is_trial else []
    if is_trial:
        return _answer(subject, written, worked)
    try:
        with unit_of_work() as session:
            code = _save_new(session, written)
            audit.record(session, act("contract_drawn_up", code, at))
    except ShanjiError as refusal:
        return _refused(subject, written, refusal)
    flash(_("草稿已保存，负责人核对后即可生效。"), "success")
    return redirect(url_for("supplier_contracts.show", code=code))


@pages.get("/contracts/<code>/new-version")
@requires(*DRAFTERS)
def revise(code: str) -> str:
    """Show the form of a new version, filled in with the newest terms."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        subject = _subject_of(session, code, today)
    newest = subject.contract
    values = {"effective_from": today.isoformat()}
    if newest is not None and newest.terms is not None:
        values |= contract_form.values_of(subject.model, newest.terms)
        values["note"] = newest.document_note or ""
        if newest.activated_at is None and newest.effective_from is not None:
            values["effective_from"] = newest.effective_from.isoformat()
    return _form(subject, Written(subject.model, values), [])


@pages.post("/contracts/<code>/new-version")
@requires(*DRAFTERS)
def redraw(code: str) -> ResponseReturnValue:
    """Try a new version out, or save it; an earlier draft of the contract gives way."""
    at = clock.now()
    today = clock.local_date(at)
    with unit_of_work() as session:
        subject = _subject_of(session, code, today)
        written = _written_of(subject)
        is_trial = _is_trial() or bool(written.errors)
        worked = _try(session, written, today) if is_trial else []
    if is_trial:
        return _answer(subject, written, worked)
    try:
        with unit_of_work() as session:
            _save_version(session, code, written)
            audit.record(session, act("contract_version_drawn_up", code, at))
    except ShanjiError as refusal:
        return _refused(subject, written, refusal)
    flash(_("新版本已存为草稿，负责人核对后即可生效。"), "success")
    return redirect(url_for("supplier_contracts.show", code=code))


def _subject(session: Session, model: str, today: date) -> Subject:
    if model not in set(LinkageModel):
        raise NotFoundError("contract_model_unknown", f"there is no model {model}")
    members = queries.list_member_numbers(session, seller_code(), on=today)
    return Subject(LinkageModel(model), members)


def _subject_of(session: Session, code: str, today: date) -> Subject:
    newest = own_versions(session, code)[0]
    members = queries.list_member_numbers(session, seller_code(), on=today)
    return Subject(newest.model, members, newest)


def _written_of(subject: Subject) -> Written:
    """Read the form of a new version; words the form does not ask for are taken over."""
    contract = subject.contract
    written = contract_form.read(
        subject.model,
        request.form,
        subject.members,
        fixed_household=(contract.household_id or "") if contract else None,
    )
    old: dict[str, Any] = dict(contract.terms or {}) if contract else {}
    kept = {word: old[word] for word in contract_form.KEPT if word in old}
    written.terms = kept | written.terms
    return written


def _try(session: Session, written: Written, today: date) -> list[Example]:
    """Check entered terms as activation would, work examples out, put errors in words."""
    if written.errors:
        return []
    day = written.effective_from or today
    payer = seller_code()
    try:
        service.check_draft(session, payer, written.model, written.terms, on=day)
        holding = queries.find_assumptions(session, [payer], on=day)
        assumed = holding.of(payer, written.terms, written.assumed)
        return examples.work_out(written.model, written.terms, assumed)
    except (InvalidError, NotFoundError) as refusal:
        written.errors[_field_of(refusal)] = sentence(refusal)
        return []


def _save_new(session: Session, written: Written) -> str:
    """Draw up the contract with its first draft and return its number."""
    payer = seller_code()
    stem = f"HT-{payer}-{written.household_id or 'ALL'}-{written.model}"
    code = queries.free_code(session, stem)
    household = HouseholdId(written.household_id) if written.household_id else None
    contract = NewContract(
        code=code, organisation_code=payer, model=written.model, household_id=household
    )
    service.draw_up_contract(session, contract)
    _draw_version(session, code, written)
    return code


def _save_version(session: Session, code: str, written: Written) -> None:
    for row in own_versions(session, code):
        if row.activated_at is None and row.version_id is not None:
            service.discard_draft(session, row.version_id)
    _draw_version(session, code, written)


def _draw_version(session: Session, code: str, written: Written) -> None:
    if written.effective_from is None:
        raise InvalidError("contract_day_missing", "a day is needed")
    service.draw_up_version(
        session,
        code,
        written.terms,
        effective_from=written.effective_from,
        document_note=written.note,
    )


def _is_trial() -> bool:
    return request.form.get("action") != "save"


def _answer(subject: Subject, written: Written, worked: list[Example]) -> ResponseReturnValue:
    """Show the form again; a trial is no refusal, and says in the form what is missing."""
    status = 200 if _is_trial() or not written.errors else REFUSED
    return _form(subject, written, worked), status


def _refused(subject: Subject, written: Written, refusal: ShanjiError) -> ResponseReturnValue:
    written.errors[_field_of(refusal)] = sentence(refusal)
    return _form(subject, written, []), REFUSED


def _field_of(refusal: ShanjiError) -> str:
    """Return the field a refusal points at, or the form as a whole."""
    if refusal.code in {"weights_not_whole", "zero_weights", "weight_household_unknown"}:
        return "weights"
    return str(refusal.params.get("field", FORM))


def _form(subject: Subject, written: Written, worked: list[Example]) -> str:
    return render_template(
        "supplier_portal/contract_drafts/form.html",
        subject=subject,
        written=written,
        values=written.values,
        errors=written.errors,
        examples=worked,
        fields=contract_form.fields_of(subject.model),
        ratio_codes=contract_form.ratio_codes(written.values),
        form=contract_form,
    )
