"""The words of the search: add, change, withdraw; and what people search for."""

import re
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog.search import editing as words
from catalog.values import WordKind
from kernel import audit, clock
from kernel.access import requires
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import Role
from reporting.desk import searches
from shop.console.acting import MAX_WORD, act, actor_code, asked_word

pages = Blueprint("console_words", __name__)

SEPARATORS = re.compile(r"[,，、;；\n\r|]+")
DAYS = 30
SHOWN = 60


@pages.get("/search/words")
@requires(Role.OPERATOR)
def index() -> str:
    """List the words in use, those of a kind or with a part of a word."""
    kind, wanted = asked_word("kind"), asked_word("q")
    chosen = WordKind(kind) if kind in set(WordKind) else None
    with unit_of_work() as session:
        rows = searches.list_words(session, kind=chosen, wanted=wanted, limit=SHOWN)
        total = searches.count_words(session)
    return render_template(
        "console/words/index.html",
        rows=rows,
        total=total,
        kind=kind,
        wanted=wanted,
        shown=SHOWN,
    )


@pages.post("/search/words")
@requires(Role.OPERATOR)
def add() -> ResponseReturnValue:
    """Teach the search a word; with the number of one in use, instead of that one."""
    kind, at = request.form.get("kind", ""), clock.now()
    if kind not in set(WordKind):
        raise InvalidError("search_word_invalid", "no such kind", field="kind")
    before = request.form.get("instead_of", "")
    with unit_of_work() as session:
        if before.isdigit():
            _withdraw(session, int(before), at=at)
        row = words.add_word(
            session,
            WordKind(kind),
            _typed("forms"),
            _typed("means"),
            actor=actor_code(),
            at=at,
        )
        detail = {"kind": kind, "forms": "、".join(row.forms)[:MAX_WORD]}
        audit.record(
            session, act("search_word_added", f"search_word:{row.id}", at=at, detail=detail)
        )
    flash(_("已保存，几秒内在所有页面生效。"), "success")
    return redirect(url_for(".index", kind=kind))


@pages.post("/search/words/<int:word_id>/withdraw")
@requires(Role.OPERATOR)
def withdraw(word_id: int) -> ResponseReturnValue:
    """Let a word be used no longer."""
    with unit_of_work() as session:
        _withdraw(session, word_id, at=clock.now())
    flash(_("已停用，几秒内在所有页面生效。"), "success")
    return redirect(url_for(".index"))


@pages.get("/search/asked")
@requires(Role.OPERATOR)
def asked() -> str:
    """Show what was searched for most, what found nothing, and how often somebody went on."""
    today = local_date(clock.now())
    with unit_of_work() as session:
        figures = searches.find_figures(session, since=today - timedelta(days=DAYS))
    return render_template("console/words/asked.html", figures=figures, days=DAYS)


def _withdraw(session: Session, word_id: int, *, at: datetime) -> None:
    row = words.withdraw_word(session, word_id, actor=actor_code(), at=at)
    detail = {"kind": row.kind.value, "forms": "、".join(row.forms)[:MAX_WORD]}
    audit.record(
        session, act("search_word_withdrawn", f"search_word:{word_id}", at=at, detail=detail)
    )


def _typed(name: str) -> list[str]:
    return [
        word.strip() for word in SEPARATORS.split(request.form.get(name, "")) if word.strip()
    ]
