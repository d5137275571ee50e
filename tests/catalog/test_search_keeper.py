"""The one writer: what changed is found a moment later, be it the clock that changed it."""

import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from catalog.models import Category, Certificate, Lot, Product, Sku
from catalog.search import keeper, whoosh_engine
from catalog.search.answering import Wanted
from catalog.search.engine import Desk
from catalog.search.keeper import Done, Keeper
from catalog.search.port import Engine, Facet, Filters, Switch, Traits
from catalog.search.postgres_engine import PostgresEngine
from catalog.search.whoosh_engine import WhooshEngine
from catalog.values import ProductState
from kernel.clock import local_date
from kernel.regions import DistrictMark, RegionMark
from parties.models import Organisation
from tests.builders.catalog import (
    NOON,
    TODAY,
    a_category,
    a_certificate,
    a_lot,
    a_product,
    a_sku,
)
from tests.builders.papers import a_brand
from tests.builders.places import DISTRICT


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for changes at every search."""
    monkeypatch.setattr(whoosh_engine, "LOOK_EVERY_SECONDS", 0)
    monkeypatch.setattr("catalog.search.postgres_engine.LOOK_EVERY_SECONDS", 0)


class Search:
    """Both engines with their writer, over the goods of a session."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.engines: tuple[Engine, ...] = (
            WhooshEngine(folder),
            PostgresEngine(lambda: nullcontext(session)),
        )
        self.keeper = Keeper()
        self.at = NOON

    def keep(self) -> Done:
        return self.keeper.keep(self.session, self.engines, at=self.at)

    def found(self, text: str, filters: Filters | None = None) -> set[str]:
        """Return what both engines find; they must agree."""
        wanted = Wanted(
            on=local_date(self.at), filters=filters or Filters(), facets=tuple(Facet)
        )
        hits = [Desk([engine]).search(text, wanted) for engine in self.engines]
        assert hits[0].found.counts == hits[1].found.counts
        assert set(hits[0].codes) == set(hits[1].codes)
        return set(hits[0].codes)

    def traits(self, code: str) -> Traits:
        both = [engine.codes()[code] for engine in self.engines]
        assert both[0] == both[1]
        return both[0]


@pytest.fixture
def search(session: Session, tmp_path: Path) -> Search:
    for code, name in (("TEA", "老鹰茶 嫩芽"), ("GOAT", "武隆山羊腿"), ("DATE", "猪腰枣")):
        a_product(session, code, name=name)
        a_lot(session, a_sku(session, code))
    made = Search(session, tmp_path)
    assert made.keep().rebuilt == ("whoosh", "postgres")
    return made


def test_nothing_is_done_when_nothing_changed(search: Search) -> None:
    states = [engine.stats() for engine in search.engines]

    assert search.keep() == keeper.NOTHING
    assert keeper.compare(search.session, at=search.at) == 0
    assert [engine.stats() for engine in search.engines] == states


def test_new_goods_are_found_by_their_own_new_word(search: Search) -> None:
    a_sku(search.session, a_product(search.session, "HONEY", name="后坪崖蜜"))
    assert search.found("崖蜜") == set()

    assert search.keep() == Done(changed=1)

    assert search.found("崖蜜") == {"HONEY"}
    assert search.found("houpingyami") == {"HONEY"}


def test_a_changed_name_replaces_the_old_one(search: Search) -> None:
    search.session.execute(update(Product).where(Product.code == "DATE").values(name="脆冬枣"))
    search.keep()

    assert search.found("猪腰") == set()
    assert search.found("冬枣") == {"DATE"}


@pytest.mark.parametrize("state", [ProductState.DRAFT, ProductState.SUSPENDED])
def test_what_is_not_on_sale_vanishes_and_comes_back(
    search: Search, state: ProductState
) -> None:
    search.session.execute(update(Product).where(Product.code == "TEA").values(state=state))
    assert search.keep() == Done(changed=1)
    assert search.found("老鹰茶") == set()

    search.session.execute(
        update(Product).where(Product.code == "TEA").values(state=ProductState.LISTED)
    )
    search.keep()
    assert search.found("老鹰茶") == {"TEA"}


def test_goods_of_a_suspended_seller_vanish(search: Search) -> None:
    search.session.execute(update(Organisation).values(suspended_at=NOON))
    search.keep()

    assert search.found("老鹰茶") == set()
    assert all(not engine.codes() for engine in search.engines)


def test_prices_and_stock_are_carried_over(search: Search) -> None:
    tea = search.session.query(Sku).where(Sku.product_code == "TEA").one()
    search.session.execute(update(Sku).where(Sku.id == tea.id).values(price_minor=1_234))
    search.keep()
    assert search.traits("TEA").price_minor == 1_234
    assert search.found("老鹰茶", Filters(max_minor=1_234)) == {"TEA"}

    search.session.execute(update(Lot).where(Lot.sku_id == tea.id).values(available=0, sold=10))
    search.keep()
    assert not search.traits("TEA").is_in_stock
    assert search.found("老鹰茶", Filters(switches=frozenset({Switch.IN_STOCK}))) == set()


def test_packs_sold_one_by_one_do_not_touch_the_index(search: Search) -> None:
    tea = search.session.query(Sku).where(Sku.product_code == "TEA").one()
    search.session.execute(update(Lot).where(Lot.sku_id == tea.id).values(available=9, held=1))

    assert search.keep() == keeper.NOTHING
    assert keeper.compare(search.session, at=search.at) == 1
    assert search.keep() == Done(changed=1)
    assert search.traits("TEA").stock_packs == 9


def test_names_of_shelves_and_sellers_are_carried_over(search: Search) -> None:
    search.session.execute(update(Category).values(name="山珍"))
    search.session.execute(update(Organisation).values(name="铁矿乡合作社"))

    assert search.keep() == Done(changed=3)
    assert search.found("山珍") == {"TEA", "GOAT", "DATE"}
    assert search.found("铁矿") == {"TEA", "GOAT", "DATE"}


def test_the_clock_alone_lets_a_certificate_run_out(search: Search) -> None:
    a_certificate(search.session, "TEA", type_code="ORGANIC", valid_to=TODAY)
    search.keep()
    organic = Filters(chosen={Facet.CERTIFICATE: ("ORGANIC",)})
    assert search.found("老鹰茶", organic) == {"TEA"}
    assert search.traits("TEA").is_in_stock

    # Shanghai's midnight is four in the afternoon in UTC.
    search.at = NOON.replace(hour=15, minute=59)
    assert search.keep() == keeper.NOTHING
    search.at = NOON.replace(hour=16, minute=0)

    assert search.keep() == Done(changed=1)
    assert search.found("老鹰茶", organic) == set()
    assert not search.traits("TEA").is_in_stock


def test_the_lists_of_a_district_are_carried_over_and_end_by_the_clock(search: Search) -> None:
    mark = {"region_code": DISTRICT, "mark": DistrictMark.KEY, "basis": "list"}
    ends = RegionMark(**mark, valid_from=TODAY, valid_to=TODAY)
    search.session.add(ends)
    search.session.flush()
    key = Filters(chosen={Facet.MARK: ("key",)})

    assert search.keep() == Done(changed=3)
    assert search.found("老鹰茶", key) == {"TEA"}

    search.at = NOON.replace(hour=16, minute=0)
    assert search.keep() == Done(changed=3)
    assert search.found("老鹰茶", key) == set()


def test_a_brand_goes_when_its_paper_is_stopped(search: Search) -> None:
    a_brand(search.session, "TEA")
    fairy = Filters(chosen={Facet.BRAND: ("FAIRY",)})

    assert search.keep() == Done(changed=1)
    assert search.found("老鹰茶", fairy) == {"TEA"}

    search.session.execute(update(Certificate).values(stopped_at=NOON))
    assert search.keep() == Done(changed=1)
    assert search.found("老鹰茶", fairy) == set()


def test_a_lot_past_its_day_is_out_of_stock_by_the_clock(search: Search) -> None:
    search.session.execute(update(Lot).values(best_before=TODAY))
    search.keep()
    assert search.traits("DATE").is_in_stock
    search.at = NOON + timedelta(days=1)

    assert search.keep().changed == 3
    assert not search.traits("DATE").is_in_stock


# The engine leaves a file open when it finds damage.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_damaged_index_is_built_anew(search: Search, tmp_path: Path) -> None:
    for path in tmp_path.glob("*/*.seg"):
        path.write_bytes(b"nonsense")
    search.session.execute(update(Product).where(Product.code == "DATE").values(name="冬枣"))

    assert "whoosh" in search.keep().rebuilt
    search.keep()

    assert search.found("冬枣") == {"DATE"}
    assert WhooshEngine(tmp_path).health().is_ready


def test_a_removed_copy_is_built_anew_and_loses_no_change(
    search: Search, tmp_path: Path
) -> None:
    search.session.execute(text("DELETE FROM search_shelf"))
    search.session.execute(update(Product).where(Product.code == "DATE").values(name="冬枣"))

    assert search.keep().rebuilt == ("postgres",)
    assert search.keep() == Done(changed=1)
    assert search.found("冬枣") == {"DATE"}


def test_what_no_trigger_told_of_is_found_by_comparing(search: Search) -> None:
    search.session.execute(text("SET LOCAL session_replication_role = replica"))
    search.session.execute(update(Product).where(Product.code == "DATE").values(name="冬枣"))
    search.session.execute(text("SET LOCAL session_replication_role = origin"))
    assert search.keep() == keeper.NOTHING

    assert keeper.compare(search.session, at=search.at) == 1
    assert search.keep() == Done(changed=1)
    assert search.found("冬枣") == {"DATE"}


def test_goods_of_another_shelf_are_counted_there(search: Search) -> None:
    a_category(search.session, "fruit")
    search.session.execute(
        update(Product).where(Product.code == "DATE").values(category_code="fruit")
    )
    search.keep()

    assert search.traits("DATE").keywords[Facet.CATEGORY] == ("fruit",)


def test_there_is_only_one_writer(fresh_database_url: str, tmp_path: Path) -> None:
    made = create_engine(fresh_database_url, poolclass=NullPool)
    with Session(made) as first, Session(made) as second:
        held = Search(first, tmp_path / "first")
        waiting = Search(second, tmp_path / "second")
        assert held.keep().rebuilt
        assert waiting.keep() == keeper.NOTHING
        assert waiting.engines[0].health().is_missing
        first.commit()
        assert waiting.keep().rebuilt == ("whoosh",)
    made.dispose()


def test_an_index_may_take_longer_than_a_transaction_may_idle(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = WhooshEngine.rebuild

    def slowly(engine: WhooshEngine, *args: object, **kwargs: object) -> object:
        time.sleep(1.5)
        return build(engine, *args, **kwargs)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(WhooshEngine, "rebuild", slowly)
    search.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '1s'"))
    done = search.keeper.rebuild(search.session, search.engines, at=search.at)

    assert done == Done(3, ("whoosh", "postgres"))
    assert search.found("老鹰茶") == {"TEA"}
