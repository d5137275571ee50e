"""The relevance suite over every engine, and what is lost without each part of the search."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.search import learning
from catalog.search.answering import Adviser, Answer, Wanted, answer
from catalog.search.documents import read_corpus
from catalog.search.entries import Goods, entry_of, read_goods
from catalog.search.learning import Learned
from catalog.search.port import Engine, Facet
from catalog.search.postgres_engine import PostgresEngine
from catalog.search.ranking import Weights
from catalog.search.vocabulary import Vocabulary, shipped
from catalog.search.whoosh_engine import WhooshEngine
from kernel import clock
from kernel.clock import local_date
from shop.proof.ground.databases import engine_on, laid
from shop.proof.ground.judging import Judged, Tally, judge, suite, together
from shop.proof.ground.plain_engine import PlainEngine
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

COPIES, FULL_COPIES = 4, 20
LEAST_PASSED, LEAST_IN_CLASS, LEAST_NDCG, MOST_EMPTY = 0.97, 0.92, 0.92, 0.01
GOAL = (
    f"every engine: pass ≥ {LEAST_PASSED:.0%}, each class ≥ {LEAST_IN_CLASS:.0%},"
    f" NDCG@10 ≥ {LEAST_NDCG}, zero ≤ {MOST_EMPTY:.0%}, no correction of a query with hits;"
    " without synonyms the class of synonyms falls below that"
)
QUALITIES = ("特级", "精选", "一级", "大份", "新包装", "优选", "农户装", "二级")


@run_named(Kind.BENCH, "search-quality")
def search_quality(settings: Settings) -> Outcome:
    """Judge the hits of every engine by hundreds of queries, and what synonyms are worth."""
    copies = FULL_COPIES if settings.full_size else COPIES
    at = clock.now()
    with (
        laid(settings, orders=0) as ground,
        engine_on(ground.settings.database_url) as database,
        Session(database) as session,
        tempfile.TemporaryDirectory() as folder,
    ):
        goods = read_goods(session, at=at)
        learned = learning.learn(read_corpus(session, at=at))
        engines: list[Engine] = [
            WhooshEngine(Path(folder)),
            PostgresEngine(lambda: nullcontext(session)),
            PlainEngine(),
        ]
        return measure(engines, grown(goods, copies), learned, at=at)


def measure(
    engines: Sequence[Engine], goods: Sequence[Goods], learned: Learned, *, at: datetime
) -> Outcome:
    """Fill the engines, judge each, and judge the first without synonyms and the like."""
    by_code = {one.document.code: one for one in goods}
    details = [
        f"{len(suite())} queries over {len(goods)} goods, asked are those goods can answer"
    ]
    fine: list[bool] = []
    totals: list[Tally] = []
    for engine in engines:
        engine.rebuild(
            (entry_of(one, learned.analyser) for one in goods), words=learned.body, at=at
        )
        tallies = judged_by(engine, by_code, shipped(), at=at)
        wrongly = count_wrong_corrections(engine, shipped(), at=at)
        totals.append(together(tallies))
        details += [
            f"{engine.name}:",
            *_table(tallies),
            f"  queries with hits changed: {wrongly}",
        ]
        fine.append(_holds(tallies) and wrongly == 0)
    without = judged_by(engines[0], by_code, _without_synonyms(shipped()), at=at)
    synonyms = without["synonym"].pass_rate
    details.append(
        f"{engines[0].name} without synonyms: class {synonyms:.1%},"
        f" all {together(without).pass_rate:.1%}"
    )
    figure = ", ".join(
        f"{engine.name} pass {total.pass_rate:.1%} NDCG@10 {total.ndcg:.3f}"
        f" zero {total.empty / total.queries:.1%}"
        for engine, total in zip(engines, totals, strict=True)
    )
    holds = all(fine) and synonyms < LEAST_IN_CLASS
    return Outcome(
        "search-quality",
        f"{figure}; class of synonyms without them {synonyms:.1%}",
        GOAL,
        holds,
        tuple(details),
    )


def judged_by(
    engine: Engine,
    goods: Mapping[str, Goods],
    vocabulary: Vocabulary,
    *,
    at: datetime,
    judgements: Sequence[Judged] | None = None,
) -> dict[str, Tally]:
    """Return how an engine does with a vocabulary, by class."""
    ask = partial(_answer, Adviser(engine), vocabulary=vocabulary, at=at)
    chosen = suite() if judgements is None else judgements
    return judge(chosen, goods, lambda query: ask(query).codes, on=local_date(at))


def count_wrong_corrections(engine: Engine, vocabulary: Vocabulary, *, at: datetime) -> int:
    """Return how many queries were changed although they have hits as they stand."""
    adviser = Adviser(engine)
    ask = partial(_answer, adviser, vocabulary=vocabulary, at=at)
    return sum(
        bool(ask(judged.query).corrected)
        and not (literal := ask(judged.query, is_literal=True)).is_relaxed
        and bool(literal.codes)
        for judged in suite()
    )


def grown(goods: Sequence[Goods], copies: int) -> list[Goods]:
    """Return the goods with more of every kind: other grades, packs, prices and townships."""
    places = sorted(
        {
            (one.document.places[3], one.traits.keywords[Facet.PLACE])
            for one in goods
            if one.document.places[3]
        }
    )
    made = list(goods)
    for copy in range(copies):
        for number, one in enumerate(goods):
            name, name_en, brand = one.document.names
            quality = QUALITIES[(number + copy) % len(QUALITIES)]
            township, place = places[(number * 7 + copy) % len(places)]
            category, category_en, _village, _township, _latin, district = one.document.places
            moves = copy % 2 and bool(one.document.places[3])
            document = replace(
                one.document,
                code=f"{one.document.code}-{copy}",
                names=(f"{name} {quality}", name_en, brand),
                places=(category, category_en, "", township, "", district)
                if moves
                else one.document.places,
            )
            price = one.traits.price_minor * (90 + (number + copy) % 3 * 10) // 100
            keywords = dict(one.traits.keywords)
            if moves:
                keywords[Facet.PLACE] = place
                keywords.pop(Facet.VILLAGE, None)
            traits = replace(one.traits, price_minor=price, keywords=keywords)
            made.append(replace(one, document=document, traits=traits))
    return made


def _answer(
    adviser: Adviser,
    query: str,
    *,
    vocabulary: Vocabulary,
    at: datetime,
    is_literal: bool = False,
) -> Answer:
    wanted = Wanted(on=local_date(at), is_literal=is_literal)
    return answer(adviser, query, vocabulary, weights=Weights(), wanted=wanted)


def _without_synonyms(vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary without synonyms: the negative control of the suite."""
    return replace(vocabulary, same={}, leads={})


def _holds(tallies: Mapping[str, Tally]) -> bool:
    total = together(tallies)
    return (
        total.pass_rate >= LEAST_PASSED
        and all(tally.pass_rate >= LEAST_IN_CLASS for tally in tallies.values())
        and total.ndcg >= LEAST_NDCG
        and total.empty <= MOST_EMPTY * total.queries
    )


def _table(tallies: Mapping[str, Tally]) -> list[str]:
    rows = {**tallies, "all": together(tallies)}
    return [
        f"  {name:<10} {tally.queries:>4}  pass {tally.pass_rate:6.1%}"
        f"  NDCG@10 {tally.ndcg:.3f}  zero {tally.empty}"
        + (f"  missed: {', '.join(tally.failed)}" if name != "all" and tally.failed else "")
        for name, tally in rows.items()
    ]
