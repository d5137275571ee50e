"""A catalogue made up for the search: goods by the ten thousand, and queries for them.

Everything comes from one seed: the same number of goods is the same goods. Names are put
together from kinds, qualities, packs and places the way sellers write them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from catalog.listing.filters import Sort
from catalog.search.analysis import Analyser, normalise
from catalog.search.port import YES, Entry, Facet, Filters, Group, ParsedQuery, Switch, Traits

TODAY = date(2026, 6, 1)
FOREVER = date.max.toordinal()

# Category → kinds of goods with their English names.
KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "tea": (
        *(("老鹰茶", "eagle tea"), ("绿茶", "green tea")),
        *(("红茶", "black tea"), ("藤茶", "vine tea")),
    ),
    "meat": (
        *(("山羊腿", "goat leg"), ("腊肉", "cured pork")),
        *(("香肠", "sausage"), ("碗碗羊肉", "bowl goat")),
    ),
    "vegetable": (
        *(("马铃薯", "potatoes"), ("甘蓝", "cabbage"), ("方竹笋", "bamboo shoots")),
        *(("莼菜", "water shield"), ("辣椒", "chilli"), ("南瓜", "pumpkin")),
    ),
    "fruit": (
        *(("猪腰枣", "kidney dates"), ("脐橙", "navel oranges"), ("脆桃", "crisp peaches")),
        *(("猕猴桃", "kiwi fruit"), ("李子", "plums")),
    ),
    "starch": (("红薯粉", "noodles"), ("葛粉", "kudzu starch"), ("豆干", "dried tofu")),
    "mushroom": (("香菇", "shiitake"), ("黑木耳", "wood ear"), ("羊肚菌", "morels")),
    "honey": (("土蜂蜜", "wild honey"), ("百花蜜", "flower honey")),
    "gift": (("年货礼盒", "New Year box"), ("伴手礼", "gift set")),
}
QUALITIES = (
    *("高山", "有机", "手工", "农家", "新鲜", "嫩芽", "特级", "散养", "现挖", "柴火", "冷冻"),
    *("干货", "原味", "麻辣", "五香", "无糖", "礼盒装", "大果", "头茬", "老树"),
)
PACKS = ("250g", "500g", "1kg", "2.5kg", "5kg", "一箱", "两瓶", "六袋")
TOWNSHIPS = (
    *("白马", "仙女山", "江口", "火炉", "鸭江", "长坝", "平桥", "羊角", "桐梓", "和顺", "双河"),
    *("凤来", "庙垭", "石桥", "黄莺", "沧沟", "文复", "土地", "接龙", "赵家", "大洞河", "浩口"),
)
VILLAGES = ("车盘", "豹岩", "天坪", "红宝", "荆竹", "木根", "新路", "堰塘", "官桥", "青吉")
BRANDS = ("", "", "", "仙女红", "寻味武隆", "五农人", "白马山", "懒坝")
STORAGES = ("AMBIENT", "COOL", "CHILLED", "FROZEN")
MARKS = ("832", "lifted", "key")
DONE = ("raw", "simple", "prepared")
CERTIFICATES = ("GREEN", "ORGANIC", "GEO", "SC", "LAB", "BATCH")
# A long tail of words that hardly any product has.
TAIL = tuple(
    first + second
    for first in "云雾春秋晨露霜雪松柏桂兰竹梅荷溪泉岩石峰"
    for second in "香红绿白黑金银脆甜酥软嫩鲜醇浓淡清润"
)
FACETS = (Facet.CATEGORY, Facet.PLACE, Facet.BRAND)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes goods and queries."""

    analyser: Analyser

    def goods(self, number: int, *, seed: int = 1) -> Iterator[Entry]:
        """Yield so many products."""
        for place in range(number):
            yield self.product(place, seed=seed)

    def product(self, place: int, *, seed: int = 1) -> Entry:
        """Return one product; another seed makes another product of the same code."""
        dice = random.Random(f"{seed}:{place}")
        category = dice.choice(tuple(KINDS))
        kind, english = dice.choice(KINDS[category])
        township, village = dice.choice(TOWNSHIPS), dice.choice(VILLAGES)
        qualities = "".join(dice.sample(QUALITIES, dice.randint(1, 3)))
        tail = dice.choice(TAIL) if dice.random() < 0.3 else ""  # noqa: PLR2004
        brand = dice.choice(BRANDS)
        names = (f"{township}{qualities}{tail}{kind} {dice.choice(PACKS)}", english, brand)
        prose = (
            f"产自武隆{township}{village}村，{'，'.join(dice.sample(QUALITIES, 4))}，"
            f"{dice.choice(TAIL)}，适合{dice.choice(KINDS[category])[0]}爱好者。"
        )
        titles = [token for name in names for token in self.analyser.title_tokens(name)]
        return Entry(
            code=f"G{place:06}",
            title=normalise(" ".join(names)),
            tokens=(*titles, *titles, *self.analyser.text_tokens(prose)),
            traits=_traits(dice, category, township, village, brand),
        )

    def queries(self, number: int, *, seed: int = 7) -> Iterator[ParsedQuery]:
        """Yield so many queries, almost half of them narrowed by filters."""
        dice = random.Random(seed)
        for _ in range(number):
            yield ParsedQuery(
                must=tuple(self._wishes(dice)),
                filters=_filters(dice) if dice.random() < 0.43 else Filters(),  # noqa: PLR2004
                facets=FACETS,
                limit=24,
                on=TODAY,
            )

    def _wishes(self, dice: random.Random) -> Iterator[Group]:
        kind, english = dice.choice(KINDS[dice.choice(tuple(KINDS))])
        roll = dice.random()
        if roll < 0.15:  # noqa: PLR2004
            yield Group(((english.split()[-1],), (kind,)))
            return
        if roll < 0.75:  # noqa: PLR2004
            words = self.analyser.query_words(kind)
            yield from (Group(((word,),)) for word in words)
        if roll > 0.45:  # noqa: PLR2004
            yield Group(((dice.choice(QUALITIES),), (dice.choice(QUALITIES),)))
        if roll > 0.9:  # noqa: PLR2004
            yield Group((tuple(dice.choice(TAIL)),))


def _traits(
    dice: random.Random, category: str, township: str, village: str, brand: str
) -> Traits:
    storage = dice.choice(STORAGES)
    is_recognised = dice.random() < 0.4  # noqa: PLR2004
    is_year_round = dice.random() < 0.5  # noqa: PLR2004
    keywords = {
        Facet.CATEGORY: (category,),
        Facet.KIND: (category[:2], f"{category}-{township}"),
        Facet.PLACE: (township,),
        Facet.VILLAGE: (f"{township}-{village}",) if dice.random() < 0.6 else (),  # noqa: PLR2004
        Facet.STORAGE: (storage,),
        Facet.CERTIFICATE: tuple(sorted(dice.sample(CERTIFICATES, dice.randint(0, 3)))),
        Facet.BRAND: (brand,) if brand else (),
        Facet.SELLER: (f"S{dice.randint(1, 60)}",),
        Facet.TAG: _tags(dice, category),
        Facet.MARK: MARKS[: dice.randint(0, 3)],
    }
    return Traits(
        keywords={facet: values for facet, values in keywords.items() if values},
        price_minor=dice.randint(500, 50_000),
        listed_us=dice.randint(1_600_000_000, 1_780_000_000) * 1_000_000,
        is_in_stock=dice.random() < 0.7,  # noqa: PLR2004
        is_on_presale=dice.random() < 0.1,  # noqa: PLR2004
        is_cold=storage in {"CHILLED", "FROZEN"},
        is_year_round=is_year_round,
        season=0xFFF if is_year_round else 0b111 << dice.randint(0, 9),
        recognised_from=TODAY.toordinal() - dice.randint(-50, 500) if is_recognised else 0,
        recognised_to=dice.choice((FOREVER, TODAY.toordinal() + 1, TODAY.toordinal() - 1))
        if is_recognised
        else 0,
        limit_hours=dice.choice((None, 24, 48, 72)),
        sold_packs=dice.randint(0, 900),
        stock_packs=dice.randint(0, 300),
    )


def _tags(dice: random.Random, category: str) -> tuple[str, ...]:
    grade = dice.choice(("top", "first", "second", ""))
    gift = ("gift:yes",) if category == "gift" or dice.random() < 0.1 else ()  # noqa: PLR2004
    return (*((f"grade:{grade}",) if grade else ()), *gift, f"processing:{dice.choice(DONE)}")


def _filters(dice: random.Random) -> Filters:
    chosen: dict[Facet, tuple[str, ...]] = {}
    if dice.random() < 0.5:  # noqa: PLR2004
        chosen[Facet.CATEGORY] = tuple(dice.sample(tuple(KINDS), dice.randint(1, 2)))
    if dice.random() < 0.4:  # noqa: PLR2004
        chosen[Facet.PLACE] = tuple(dice.sample(TOWNSHIPS, dice.randint(1, 3)))
    if dice.random() < 0.3:  # noqa: PLR2004
        chosen[Facet.CERTIFICATE] = (dice.choice(CERTIFICATES),)
    if dice.random() < 0.2:  # noqa: PLR2004
        chosen[Facet.RECOGNISED] = (YES,)
    if dice.random() < 0.3:  # noqa: PLR2004
        chosen[Facet.TAG] = ("grade:top", "grade:first", "processing:raw")[dice.randint(0, 2) :]
    low = dice.randint(500, 20_000)
    return Filters(
        chosen=chosen,
        switches=frozenset(dice.sample(tuple(Switch), dice.randint(0, 1))),
        min_minor=low if dice.random() < 0.4 else None,  # noqa: PLR2004
        max_minor=low + dice.randint(0, 30_000) if dice.random() < 0.4 else None,  # noqa: PLR2004
        way_hours=dice.choice((24, 36, 72)) if dice.random() < 0.2 else None,  # noqa: PLR2004
    )


def sorted_by(query: ParsedQuery, sort: Sort) -> ParsedQuery:
    """Return the same query in another order."""
    return ParsedQuery(
        must=query.must,
        soft=query.soft,
        filters=query.filters,
        facets=query.facets,
        sort=sort,
        limit=query.limit,
        on=query.on,
    )


def maker() -> Maker:
    """Return a maker whose segmenter knows the kinds, places and brands of the catalogue."""
    kinds = [kind for some in KINDS.values() for kind, _ in some]
    return Maker(Analyser([*kinds, *QUALITIES, *TOWNSHIPS, *VILLAGES, *filter(None, BRANDS)]))
