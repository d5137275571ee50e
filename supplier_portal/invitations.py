"""A cooperative asks households to join, hears their answers, and lets members go."""

from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from households import service as households
from households.queries import memberships
from households.values import Answerer, Decider, HouseholdId
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError, NotFoundError, ShanjiError
from kernel.paging import cut, decode_key, encode_key
from parties import queries as party_queries
from parties.values import Role
from shop import errors
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_invitations", __name__)

KEEPERS = (Role.MANAGER, Role.CLERK)
MOVES_SHOWN = 60
PAGE_SIZE = 20
REFUSED = 422


@pages.get("/members/invitations")
@requires(*KEEPERS)
def index() -> ResponseReturnValue:
    """Show who is asked to join, who answered what, and who left."""
    return _page()


@pages.post("/members/invitations")
@requires(Role.MANAGER)
def invite() -> ResponseReturnValue:
    """Ask a household to join; only its answer makes it a member."""
    try:
        with unit_of_work() as session:
            households.propose_membership(
                session,
                HouseholdId(request.form.get("household", "").strip()),
                seller_code(),
                first_day=read_day("day"),
                actor=actor_code(),
                at=clock.now(),
            )
    except ShanjiError as refusal:
        return _page(refusal=errors.sentence(refusal))
    flash(_("已发出邀请，等农户答复后才生效。"), "success")
    return redirect(url_for(".index"))


@pages.get("/members/villages/<code>")
@requires(Role.MANAGER)
def village(code: str) -> str:
    """List the households of one of the cooperative's villages that can be asked, by number."""
    after, at = request.args.get("after", ""), clock.now()
    day = clock.local_date(at)
    with unit_of_work() as session:
        names = dict(memberships.list_villages(session, seller_code(), on=day))
        if code not in names:
            raise NotFoundError("region_not_found", "this is no village of the cooperative")
        found = memberships.list_possible(
            session,
            seller_code(),
            code,
            on=day,
            after=decode_key(after, str)[0] if after else "",
            limit=PAGE_SIZE + 1,
        )
        audit.record(session, _listed(code, at))
    return render_template(
        "supplier_portal/invitations/village.html",
        page=cut(found, PAGE_SIZE, encode_key),
        village_code=code,
        village_name=names[code],
        is_first=not after,
    )


@pages.post("/members/invitations/<int:move_id>/withdraw")
@requires(Role.MANAGER)
def withdraw(move_id: int) -> ResponseReturnValue:
    """Take an invitation back that nobody has answered."""
    with unit_of_work() as session:
        households.withdraw_membership(
            session, move_id, decider(Answerer.MANAGER), at=clock.now()
        )
    flash(_("邀请已撤回。"), "success")
    return redirect(url_for(".index"))


@pages.post("/members/invitations/<int:move_id>/answer")
@requires(Role.CLERK)
def answer(move_id: int) -> ResponseReturnValue:
    """Record the answer of a household that cannot give it here itself."""
    try:
        with unit_of_work() as session:
            households.answer_membership(
                session,
                move_id,
                decider(Answerer.CLERK),
                agrees=request.form.get("answer") == "agree",
                words=request.form.get("words", ""),
                at=clock.now(),
            )
    except (ConflictError, InvalidError) as refusal:
        return _page(refusal=errors.sentence(refusal))
    flash(_("已代农户记录答复。"), "success")
    return redirect(url_for(".index"))


@pages.get("/members/<household_id>/leave")
@requires(Role.MANAGER)
def leaving(household_id: str) -> ResponseReturnValue:
    """Ask when and why a member leaves, and say what still keeps it."""
    return _leave_page(household_id)


@pages.post("/members/<household_id>/leave")
@requires(Role.MANAGER)
def leave(household_id: str) -> ResponseReturnValue:
    """Record that a member leaves."""
    try:
        with unit_of_work() as session:
            households.end_membership(
                session,
                HouseholdId(household_id),
                seller_code(),
                decider(Answerer.MANAGER),
                last_day=read_day("day"),
                words=request.form.get("words", ""),
                at=clock.now(),
            )
    except NotFoundError:
        raise
    except ShanjiError as refusal:
        return _leave_page(household_id, refusal=errors.sentence(refusal))
    flash(_("已登记退出，历史记录保留。"), "success")
    return redirect(url_for(".index"))


def decider(kind: Answerer) -> Decider:
    """Return the signed-in member of staff as one who decides for the chosen seller."""
    role = Role.CLERK if kind is Answerer.CLERK else Role.MANAGER
    own = current_actor().organisation_codes(role) & {seller_code()}
    return Decider(kind=kind, actor=actor_code(), organisation_codes=own)


def read_day(name: str) -> date:
    """Return a day of a form; raises `InvalidError` for none."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise InvalidError("membership_day_invalid", f"{name} is no day") from error


def what_keeps(
    session: Session, household_id: HouseholdId, organisation_code: str, *, after: date
) -> str:
    """Return the sentence that says why a member cannot leave, or nothing."""
    try:
        households.check_free(session, household_id, organisation_code, after=after)
    except ConflictError as refusal:
        return errors.sentence(refusal)
    return ""


def _page(refusal: str = "") -> ResponseReturnValue:
    today, code = clock.local_date(clock.now()), seller_code()
    with unit_of_work() as session:
        moves = memberships.list_moves(session, organisation_code=code, limit=MOVES_SHOWN)
        answering = households.list_answering(session, {row.household_id for row in moves})
        villages = memberships.list_villages(session, code, on=today)
        seller = party_queries.get_organisation(session, code)
    page = render_template(
        "supplier_portal/invitations/index.html",
        moves=moves,
        answering=answering,
        villages=villages,
        seller=seller,
        today=today,
        me=actor_code(),
        is_manager=code in current_actor().organisation_codes(Role.MANAGER),
        is_clerk=code in current_actor().organisation_codes(Role.CLERK),
        household=request.values.get("household", ""),
        refusal=refusal,
    )
    return page, REFUSED if refusal else 200


def _leave_page(household_id: str, refusal: str = "") -> ResponseReturnValue:
    today, code = clock.local_date(clock.now()), seller_code()
    found = HouseholdId(household_id)
    with unit_of_work() as session:
        own = [
            one
            for one in memberships.list_member_of(session, found, on=today)
            if one.organisation_code == code and one.until is None
        ]
        if not own:
            raise NotFoundError("membership_not_found", "this is no member")
        keeps = what_keeps(session, found, code, after=today)
    page = render_template(
        "supplier_portal/invitations/leave.html",
        household_id=household_id,
        member=own[-1],
        keeps=keeps,
        refusal=refusal,
        today=today,
        typed=request.form,
    )
    return page, REFUSED if refusal else 200


def _listed(village_code: str, at: datetime) -> Act:
    return Act(
        actor=actor_code(),
        action="households_offered",
        subject=f"region:{village_code}",
        purpose="membership",
        at=at,
        detail={"organisation": seller_code()},
    )
