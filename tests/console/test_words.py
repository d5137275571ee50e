"""The operator teaches the search words: in use at once, with who and when."""

from contextlib import nullcontext

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import SearchWord
from catalog.search import editing
from catalog.search.editing import Asked, counted_form
from catalog.search.vocabulary import of_rows, shipped_rows
from catalog.values import WordKind
from kernel import clock
from kernel.audit import AuditRow
from kernel.clock import local_date
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from shop.storefront.searching import Searching
from tests.builders.people import a_browser, a_person
from tests.builders.places import once

TOKEN = {"kind": "same", "forms": "猕猴桃，奇异果, kiwi"}


@pytest.fixture
def operator(app: Flask, session: Session) -> FlaskClient:
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_person(session, "keeper", (Role.OPERATOR, "PLATFORM"))
    session.commit()
    return a_browser(app, "keeper")


def test_a_word_is_added_and_withdrawn_with_who_and_when(
    operator: FlaskClient, session: Session
) -> None:
    assert operator.post("/console/search/words", data=TOKEN).status_code == 302
    row = session.scalars(select(SearchWord).order_by(SearchWord.id.desc()).limit(1)).one()

    assert row.forms == ["猕猴桃", "奇异果", "kiwi"]
    assert row.added_by.startswith("person:")
    assert "猕猴桃" in operator.get("/console/search/words?q=奇异果").text

    operator.post(f"/console/search/words/{row.id}/withdraw")
    session.refresh(row)
    assert row.withdrawn_by == row.added_by
    assert operator.post(f"/console/search/words/{row.id}/withdraw").status_code == 404
    acts = session.scalars(select(AuditRow.action).where(AuditRow.action.like("search_word%")))
    assert list(acts) == ["search_word_added", "search_word_withdrawn"]


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "same", "forms": "一个"},
        {"kind": "leads", "forms": "羊"},
        {"kind": "choice", "forms": "好吃的", "means": "taste:good"},
        {"kind": "noise", "forms": ""},
        {"kind": "nonsense", "forms": "茶"},
        {"kind": "same", "forms": "，".join(f"词{n}" for n in range(99))},
    ],
)
def test_what_teaches_nothing_is_refused(
    operator: FlaskClient, session: Session, typed: dict[str, str]
) -> None:
    assert operator.post("/console/search/words", data=typed).status_code in {400, 422}
    assert session.scalars(select(SearchWord)).all() == []


def test_delivered_words_come_once_and_what_was_withdrawn_stays_away(session: Session) -> None:
    at = clock.now()
    assert editing.put_shipped(session, actor="task:reference", at=at) == len(shipped_rows())
    first = session.scalars(select(SearchWord).order_by(SearchWord.id).limit(1)).one()
    editing.withdraw_word(session, first.id, actor="person:1", at=clock.now())

    assert editing.put_shipped(session, actor="task:reference", at=at) == 0
    assert len(editing.list_in_use(session)) == len(shipped_rows()) - 1


def test_without_rows_the_delivered_words_are_in_use(session: Session) -> None:
    assert editing.list_in_use(session) == list(shipped_rows())


def test_a_change_is_seen_at_the_next_look(session: Session) -> None:
    searching, at = Searching(0, 0), clock.now()
    before = searching.terms(lambda: nullcontext(session), at=at)
    assert searching.terms(lambda: nullcontext(session), at=at) is before

    row = ("猕猴桃", "奇异果")
    editing.put_shipped(session, actor="task:reference", at=at)
    editing.add_word(session, WordKind.SAME, row, (), actor="person:1", at=at)

    after = searching.terms(lambda: nullcontext(session), at=at)
    assert "猕猴桃" in after.vocabulary.synonyms("奇异果")
    assert "猕猴桃" not in before.vocabulary.synonyms("奇异果")


def test_counts_add_up_and_go_after_their_term(session: Session) -> None:
    today = local_date(clock.now())
    editing.count_searches(session, {"羊肉": Asked(asked=2, empty=1)}, on=today)
    editing.count_searches(
        session, {"羊肉": Asked(asked=1, picked=1, picked_places=3)}, on=today
    )

    assert editing.list_popular(session, on=today, days=30, least=3, limit=5) == []
    editing.count_searches(session, {"茶": Asked(asked=5)}, on=today)
    assert editing.list_popular(session, on=today, days=30, least=3, limit=5) == ["茶"]
    assert editing.forget_counts(session, before=today) == 0


@pytest.mark.parametrize("query", ["13812345678", "call 13812345678", "a@b.cn", "张三 500156"])
def test_what_may_be_somebodys_number_is_not_counted(query: str) -> None:
    assert counted_form(query) == ""


def test_the_page_shows_what_found_nothing(operator: FlaskClient, session: Session) -> None:
    editing.count_searches(
        session, {"手机壳": Asked(asked=3, empty=3)}, on=local_date(clock.now())
    )
    session.commit()

    page = operator.get("/console/search/asked").text

    assert "手机壳" in page
    assert "没有结果的搜索" in page


def test_words_of_the_table_make_the_same_vocabulary(session: Session) -> None:
    editing.put_shipped(session, actor="task:reference", at=clock.now())

    kept, shipped = of_rows(editing.list_in_use(session)), of_rows(shipped_rows())

    assert (kept.same, kept.leads, kept.choices) == (
        shipped.same,
        shipped.leads,
        shipped.choices,
    )
