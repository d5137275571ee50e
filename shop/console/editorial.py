"""Events and blocks: write, look ahead at a moment, publish, take back, show an earlier one."""

from dataclasses import dataclass
from datetime import datetime

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from catalog.errors import PieceNotFoundError
from catalog.listing import editorial as pieces
from catalog.listing.editorial import LivePiece, PieceRow, RevisionRow
from catalog.listing.pickable import list_pickable
from catalog.values.editorial import BLOCK_KINDS, PieceKind, PiecePlan
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders.queries import Asked, list_claimable
from parties.values import Role
from shop.console import piece_forms
from shop.console.acting import act, actor_code
from shop.storefront import events, home
from shop.storefront.editorial import Draft
from workflows import piece_published

pages = Blueprint("console_editorial", __name__)

SHELVES = {"events": (PieceKind.EVENT,), "blocks": BLOCK_KINDS}
MOST_EVENTS = 60


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The revision a page is about."""

    piece: PieceRow
    revision: RevisionRow


@pages.get("/<any(events, blocks):shelf>")
@requires(Role.OPERATOR)
def index(shelf: str) -> str:
    """List events or blocks, the last written first."""
    with unit_of_work() as session:
        rows = pieces.list_pieces(session, SHELVES[shelf])
    return render_template(
        "console/editorial/index.html",
        shelf=shelf,
        rows=rows,
        now=clock.now(),
        kinds=BLOCK_KINDS,
    )


@pages.get("/<any(events, blocks):shelf>/new")
@requires(Role.OPERATOR)
def new(shelf: str) -> str:
    """Show the form of a new event, or of a block of a kind."""
    return _form(shelf, _kind(shelf, request.args.get("kind", "")), PiecePlan())


@pages.post("/<any(events, blocks):shelf>")
@requires(Role.OPERATOR)
def begin(shelf: str) -> ResponseReturnValue:
    """Begin an event or a block as a draft."""
    kind, at = _kind(shelf, request.form.get("kind", "")), clock.now()
    given = request.form.get("code", "").strip() if kind is PieceKind.EVENT else ""
    with unit_of_work() as session:
        plan = piece_forms.read_plan(session, kind, PiecePlan(), at=at)
        code = catalog.begin_piece(session, kind, given, plan, actor=actor_code(), at=at)
        audit.record(session, act("piece_begun", f"piece:{code}", at=at))
    flash(_("草稿已保存，还没有发布。"), "success")
    return redirect(url_for(".show", shelf=shelf, code=code))


@pages.get("/<any(events, blocks):shelf>/<code>")
@requires(Role.OPERATOR)
def show(shelf: str, code: str) -> str:
    """Show the form of the last revision, or of one to go on from, and the whole history."""
    chosen = _chosen(shelf, code, request.args.get("revision", ""))
    return _form(shelf, chosen.piece.kind, chosen.revision.plan, chosen)


@pages.post("/<any(events, blocks):shelf>/<code>")
@requires(Role.OPERATOR)
def write(shelf: str, code: str) -> ResponseReturnValue:
    """Keep what was written as the next revision."""
    at, based_on = clock.now(), _number(request.form.get("based_on", ""))
    chosen = _chosen(shelf, code, request.form.get("revision", ""))
    with unit_of_work() as session:
        plan = piece_forms.read_plan(session, chosen.piece.kind, chosen.revision.plan, at=at)
        number = catalog.write_piece(
            session, code, plan, based_on=based_on, actor=actor_code(), at=at
        )
        told = {"revision": str(number)}
        audit.record(session, act("piece_written", f"piece:{code}", at=at, detail=told))
    flash(_("已保存为第 %(n)s 版，还没有发布。", n=number), "success")
    return redirect(url_for(".show", shelf=shelf, code=code))


@pages.post("/<any(events, blocks):shelf>/<code>/publish")
@requires(Role.OPERATOR)
def publish(shelf: str, code: str) -> ResponseReturnValue:
    """Show buyers a revision once its time has come: the last one, or an earlier one again."""
    at, number = clock.now(), _number(request.form.get("revision", ""))
    _chosen(shelf, code, "")
    with unit_of_work() as session:
        piece_published.publish(session, code, number, actor=actor_code(), at=at)
        told = {"revision": str(number)}
        audit.record(session, act("piece_published", f"piece:{code}", at=at, detail=told))
    flash(_("第 %(n)s 版已发布。", n=number), "success")
    return redirect(url_for(".show", shelf=shelf, code=code))


@pages.post("/<any(events, blocks):shelf>/<code>/withdraw")
@requires(Role.OPERATOR)
def withdraw(shelf: str, code: str) -> ResponseReturnValue:
    """Show it to nobody any more."""
    at = clock.now()
    _chosen(shelf, code, "")
    with unit_of_work() as session:
        catalog.withdraw_piece(session, code, actor=actor_code(), at=at)
        audit.record(session, act("piece_withdrawn", f"piece:{code}", at=at))
    flash(_("已撤下。"), "success")
    return redirect(url_for(".show", shelf=shelf, code=code))


@pages.get("/<any(events, blocks):shelf>/<code>/preview")
@requires(Role.OPERATOR)
def preview(shelf: str, code: str) -> ResponseReturnValue:
    """Show the page with a revision on it as guests would see it at a moment."""
    chosen = _chosen(shelf, code, request.args.get("revision", ""))
    at = piece_forms.read_moment(request.args.get("at", "")) or clock.now()
    piece, plan = chosen.piece, chosen.revision.plan
    draft = Draft(
        LivePiece(code, piece.kind, piece.is_sample, chosen.revision.number, plan), at
    )
    page = code if piece.kind is PieceKind.EVENT else plan.place
    if not page:
        return _private(home.show(Asked(at), draft=draft))
    with unit_of_work() as session:
        read = events.read_event(session, page, Asked(at), draft=draft)
    return _private(events.render_event(read, preview_at=at))


def _form(shelf: str, kind: PieceKind, plan: PiecePlan, chosen: _Chosen | None = None) -> str:
    at: datetime = clock.now()
    with unit_of_work() as session:
        faults = piece_published.find_faults(session, kind, plan) if chosen else []
        shown = pieces.list_events(session, most=MOST_EVENTS) if shelf == "blocks" else []
        picks = {**list_pickable(session, at=at), "coupons": list_claimable(session, Asked(at))}
    return render_template(
        "console/editorial/show.html",
        shelf=shelf,
        kind=kind,
        plan=plan,
        piece=chosen.piece if chosen else None,
        revision=chosen.revision if chosen else None,
        faults=faults,
        events=shown,
        now=at,
        moment=piece_forms.write_moment,
        free_rows=piece_forms.FREE_ROWS,
        picks=picks,
    )


def _chosen(shelf: str, code: str, number: str) -> _Chosen:
    """Return a piece with its last revision or another; raises for what is not there."""
    with unit_of_work() as session:
        piece = pieces.get_piece(session, code, SHELVES[shelf])
    return _Chosen(piece, piece.revision(_number(number)) if number else piece.head)


def _kind(shelf: str, given: str) -> PieceKind:
    if shelf == "events":
        return PieceKind.EVENT
    if given not in set(BLOCK_KINDS):
        raise PieceNotFoundError(given[:32])
    return PieceKind(given)


def _number(given: str) -> int:
    if not (given.isascii() and given.isdigit()) or len(given) > 9:  # noqa: PLR2004 -- an integer
        raise InvalidError("piece_changed", "no number of a revision")
    return int(given)


def _private(page: str) -> Response:
    """Answer a page that is nobody's but the reader's."""
    response = make_response(page)
    response.cache_control.no_store = True
    response.headers["X-Robots-Tag"] = "noindex"
    return response
