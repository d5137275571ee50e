"""The order of hits, the same above every engine: what was meant first, then what sells well.

The text decides between kinds of goods. Among those that mean the same, the season, what there
is of them, how long they keep, what was sold and who promised to buy decide; all weights are
dated policy numbers. A share of the places is kept for goods nobody has bought yet, so that a
new seller is seen; which of them stands there changes from day to day.
"""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from catalog.search.analysis import is_latin
from catalog.search.port import Group, Hit, Traits
from catalog.search.understanding import Understood

SIGNS = ("text", "engine", "season", "stock", "life", "sales", "pairing")
EXPLORED = "search_explore_percent"
NEWCOMER_DAYS = "search_newcomer_days"
POLICIES = (*(f"search_weight_{sign}" for sign in SIGNS), EXPLORED, NEWCOMER_DAYS)
FULL_LIFE_DAYS = 60
MANY_PACKS = 50
US_PER_DAY = 86_400_000_000
EPOCH_DAY = date(1970, 1, 1).toordinal()
CHINESE = re.compile("[㐀-鿿]+")
EDGE = "\n"
"""Stands before and behind a piece of a title; nothing that is searched for has it."""
CLOSE = 0.05
"""How far apart texts may be that answer equally well."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign is worth against the others; the text against all of them."""

    text: float = 60
    engine: float = 10
    season: float = 6
    stock: float = 8
    life: float = 3
    sales: float = 4
    pairing: float = 3
    explored_percent: int = 8
    newcomer_days: int = 60


def weights_of(values: Mapping[str, object]) -> Weights:
    """Return the weights by the policy numbers in force; those not in force as delivered."""
    named = {
        sign: float(str(values[f"search_weight_{sign}"]))
        for sign in SIGNS
        if f"search_weight_{sign}" in values
    }
    standard = Weights()
    return replace(
        standard,
        **named,
        explored_percent=int(str(values.get(EXPLORED, standard.explored_percent))),
        newcomer_days=int(str(values.get(NEWCOMER_DAYS, standard.newcomer_days))),
    )


def rerank(
    hits: Sequence[Hit],
    understood: Understood,
    *,
    on: date,
    weights: Weights,
    paired_with: frozenset[str] = frozenset(),
) -> list[Hit]:
    """Return the hits, the best first; `paired_with` are places the buyer's unit helps."""
    if not hits:
        return []
    top = max(hit.score for hit in hits) or 1.0
    most_sold = max(hit.traits.sold_packs for hit in hits)
    score = scorer(understood)
    texts = {hit.code: score(hit.title) for hit in hits}
    scores = {
        hit.code: weights.text * texts[hit.code]
        + weights.engine * max(hit.score, 0.0) / top
        + _signs(hit.traits, on, weights, most_sold, paired_with)
        for hit in hits
    }
    ordered = sorted(hits, key=lambda hit: (-scores[hit.code], hit.code))
    return _explored(ordered, texts, on, weights)


def text_score(title: str, understood: Understood) -> float:
    """Return how well a title says what was asked, from 0 to 1."""
    return scorer(understood)(title)


def scorer(understood: Understood) -> Callable[[str], float]:
    """Return what says how well titles say what was asked, from 0 to 1."""
    whole = understood.text.replace(" ", "")
    return _scorer(understood.hard, understood.soft, whole) if understood.hard else _nothing


def _nothing(_title: str) -> float:
    return 0.0


@lru_cache(maxsize=64)
def _scorer(
    hard: tuple[Group, ...], soft: tuple[Group, ...], whole: str
) -> Callable[[str], float]:
    """Return who judges titles; what was judged for words much asked for is remembered."""

    @lru_cache(maxsize=1024)
    def score(title: str) -> float:
        met = sum(met_by(title, group) for group in hard) / len(hard)
        raised = sum(met_by(title, group) > 0 for group in soft) / len(soft) if soft else 0.0
        is_whole = bool(whole) and whole in title.replace(" ", "")
        return 0.75 * met + 0.1 * raised + 0.15 * is_whole

    return score


def met_by(title: str, group: Group) -> float:
    """Return 1 where goods are called by the word that was asked, less for what is near it."""
    best = 0.0
    last = max(len(group.alternatives) - 1, 1)
    for place, phrase in enumerate(group.alternatives):
        nearness = 1.0 if place == 0 else 0.75 - 0.25 * place / last
        if nearness <= best:
            break
        is_met = (
            phrase[0] in title if len(phrase) == 1 else all(token in title for token in phrase)
        )
        if is_met:
            best = max(best, nearness * _headness(title, phrase))
    return best


def _headness(title: str, phrase: Sequence[str]) -> float:
    """Return whether goods are the thing named, or only have it in their name: 茶 or 茶油."""
    if len(phrase) != 1:
        return 0.9
    word = phrase[0]
    if is_latin(word):
        return 0.9 if word in title.split() else 0.7
    names = _names(title)
    is_long = len(word) > 1
    if f"{word}{EDGE}" in names:
        worth = 1.0
    elif is_long and f"{EDGE}{word}" in names:
        worth = 0.95
    else:
        worth = 0.8 if is_long else 0.6
    return worth


@lru_cache(maxsize=16_384)
def _names(title: str) -> str:
    """Return the Chinese pieces of a title, each between two edges."""
    return f"{EDGE}{f'{EDGE}{EDGE}'.join(CHINESE.findall(title))}{EDGE}"


def _signs(
    traits: Traits, on: date, weights: Weights, most_sold: int, paired_with: frozenset[str]
) -> float:
    in_season = traits.is_year_round or bool(traits.season >> (on.month - 1) & 1)
    seasonal = (1.0 if not traits.is_year_round else 0.6) if in_season else 0.0
    if traits.is_in_stock:
        stock = 0.7 + 0.3 * min(traits.stock_packs, MANY_PACKS) / MANY_PACKS
    else:
        stock = 0.4 if traits.is_on_presale else 0.0
    sold = math.log1p(traits.sold_packs) / math.log1p(most_sold) if most_sold else 0.0
    is_own = bool(paired_with) and any(
        not paired_with.isdisjoint(values) for values in traits.keywords.values()
    )
    pairing = 1.0 if is_own else 0.0
    return (
        weights.season * seasonal
        + weights.stock * stock
        + weights.life * _life(traits, on)
        + weights.sales * sold
        + weights.pairing * pairing
    )


def _life(traits: Traits, on: date) -> float:
    """Return what is left of the shelf life; what keeps for months is as good as new."""
    if traits.best_before is None:
        return 1.0 if traits.is_in_stock else 0.5
    days = traits.best_before - on.toordinal()
    return min(max(days, 0), FULL_LIFE_DAYS) / FULL_LIFE_DAYS


def _explored(
    ordered: Sequence[Hit], texts: Mapping[str, float], on: date, weights: Weights
) -> list[Hit]:
    """Give every n-th place to a newcomer that answers as well as what stands around it."""
    if weights.explored_percent <= 0:
        return list(ordered)
    step = max(2, 100 // weights.explored_percent)
    floor = max(texts.values()) - CLOSE
    begins = (on.toordinal() - EPOCH_DAY - weights.newcomer_days) * US_PER_DAY
    newcomers = sorted(
        (
            hit
            for hit in ordered
            if hit.traits.sold_packs == 0
            and hit.traits.is_in_stock
            and hit.traits.listed_us >= begins
            and texts[hit.code] >= floor
        ),
        key=lambda hit: hashlib.sha256(f"{on} {hit.code}".encode()).digest(),
    )
    rest = list(ordered)
    for place, hit in zip(range(step - 1, len(rest), step), newcomers, strict=False):
        if rest.index(hit) > place:
            rest.remove(hit)
            rest.insert(place, hit)
    return rest
