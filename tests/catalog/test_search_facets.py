"""Facets of the engines: what a choice leaves in its own counts, and in those of others."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database

from catalog.search.port import YES, Engine, Facet, Filters, Hit, ParsedQuery, Switch
from catalog.search.whoosh_engine import WhooshEngine
from shop.proof.ground import search_goods
from shop.proof.ground.search_goods import FACETS, TODAY
from tests.builders.catalog import NOON
from tests.catalog.test_search_engines import a_copy

GOODS, ALL = 1_200, 10_000


@pytest.fixture
def both(engine: Database, tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Both engines with the same goods."""
    maker = search_goods.maker()
    on_disk = WhooshEngine(tmp_path)
    with a_copy(engine) as copy:
        for one in (on_disk, copy):
            one.rebuild(maker.goods(GOODS), words=b"words", at=NOON)
        yield on_disk, copy


def asking(**more: object) -> ParsedQuery:
    return ParsedQuery(on=TODAY, **more)  # type: ignore[arg-type]  # named by the test


def test_an_attribute_leaves_only_its_own_choice_out(both: tuple[Engine, Engine]) -> None:
    facets = (Facet.TAG, Facet.STOCK, Facet.PRICE)
    chosen = Filters(chosen={Facet.TAG: ("grade:top", "processing:raw")})
    for engine in both:
        found = engine.search(asking(filters=chosen, facets=facets, limit=ALL))
        counts = found.counts[Facet.TAG]
        for tag in ("grade:first", "processing:simple", "gift:yes"):
            name, (own, other) = tag.split(":")[0], ("grade:top", "processing:raw")
            kept = {"grade": (other,), "processing": (own,)}.get(name, (own, other))
            narrowed = Filters(chosen={Facet.TAG: (*kept, tag)})
            assert engine.search(asking(filters=narrowed)).total == counts[tag]

        assert all({"grade:top", "processing:raw"} <= _tags(hit) for hit in found.hits)
        assert counts["grade:top"] == counts["processing:raw"] == found.total > 0
        assert sum(found.counts[Facet.PRICE].values()) == found.total


def _tags(hit: Hit) -> set[str]:
    return set(hit.traits.keywords[Facet.TAG])


def test_stock_and_price_leave_their_own_choice_out(both: tuple[Engine, Engine]) -> None:
    facets = (Facet.STOCK, Facet.PRICE)
    wanted = Filters(switches=frozenset({Switch.IN_STOCK}), min_minor=3_000, max_minor=5_999)
    for engine in both:
        found = engine.search(asking(filters=wanted, facets=facets, limit=ALL))
        dear = replace(wanted, min_minor=6_000, max_minor=9_999)
        everything = replace(wanted, switches=frozenset())

        assert found.counts[Facet.PRICE]["1"] == found.total
        assert engine.search(asking(filters=dear)).total == found.counts[Facet.PRICE]["2"]
        sold_out = engine.search(asking(filters=everything, limit=ALL))
        there = [hit for hit in sold_out.hits if hit.traits.is_in_stock]
        assert found.counts[Facet.STOCK] == {YES: len(there)}
        assert len(there) == found.total < sold_out.total


def test_counts_leave_a_facet_s_own_choice_out(both: tuple[Engine, Engine]) -> None:
    chosen = Filters(chosen={Facet.CATEGORY: ("tea",)})
    for engine in both:
        found = engine.search(asking(filters=chosen, facets=FACETS))
        everything = engine.search(asking(facets=FACETS))

        assert found.counts[Facet.CATEGORY] == everything.counts[Facet.CATEGORY]
        assert found.total == found.counts[Facet.CATEGORY]["tea"]
        assert sum(found.counts[Facet.PLACE].values()) == found.total
