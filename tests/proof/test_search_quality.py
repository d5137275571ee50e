"""A small copy of the bench of search quality, and that its judge can fail."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from catalog.search import learning
from catalog.search.documents import read_corpus
from catalog.search.entries import Goods, read_goods
from catalog.search.learning import Learned
from catalog.search.port import Engine
from catalog.search.postgres_engine import PostgresEngine
from catalog.search.vocabulary import shipped
from catalog.search.whoosh_engine import WhooshEngine
from kernel import clock
from kernel.clock import local_date
from shop.proof.benches import search_quality
from shop.proof.ground.judging import judge, suite, together
from shop.proof.ground.plain_engine import PlainEngine

CLASSES = {
    *("exact", "synonym", "pinyin", "initials", "typo"),
    *("english", "place", "attribute", "facet"),
}


@dataclass(frozen=True)
class Sample:
    session: Session
    goods: list[Goods]
    learned: Learned


@pytest.fixture
def sample(stocked_database_url: str) -> Iterator[Sample]:
    engine = create_engine(stocked_database_url)
    with Session(engine) as session:
        at = clock.now()
        learned = learning.learn(read_corpus(session, at=at))
        yield Sample(session, read_goods(session, at=at), learned)
        session.rollback()
    engine.dispose()


def test_every_engine_answers_the_suite(sample: Sample, tmp_path: Path) -> None:
    engines: list[Engine] = [
        WhooshEngine(tmp_path),
        PostgresEngine(lambda: nullcontext(sample.session)),
        PlainEngine(),
    ]

    outcome = search_quality.measure(engines, sample.goods, sample.learned, at=clock.now())

    assert outcome.holds, "\n".join(outcome.details)


def test_the_judge_tells_good_from_bad(sample: Sample) -> None:
    goods = {one.document.code: one for one in sample.goods}
    same = list(goods)

    tallies = judge(suite(), goods, lambda _: same, on=local_date(clock.now()))

    assert together(tallies).pass_rate < 0.2
    assert together(judge(suite(), goods, lambda _: [], on=local_date(clock.now()))).passed == 0


def test_the_suite_has_every_class_and_half_of_it_is_older_than_the_code() -> None:
    assert len(suite()) >= 300
    assert {judged.klass for judged in suite()} == CLASSES
    assert len({judged.query for judged in suite()}) == len(suite())


def test_no_query_is_changed_that_finds_something(sample: Sample, tmp_path: Path) -> None:
    at = clock.now()
    engine = WhooshEngine(tmp_path)
    goods = {one.document.code: one for one in sample.goods}
    search_quality.measure([engine], list(goods.values()), sample.learned, at=at)

    assert search_quality.count_wrong_corrections(engine, shipped(), at=at) == 0
