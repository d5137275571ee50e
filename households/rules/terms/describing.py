"""Say terms in order, each with its unit, so that a page can put them into words."""

from dataclasses import dataclass
from fractions import Fraction

from households.rules.terms.fields import (
    FIELDS,
    WEIGHTS,
    Terms,
    read_all,
    read_weights,
)
from households.rules.terms.ratios import (
    COOPERATIVE_SHARE,
    HOUSEHOLD_POT,
    VILLAGE_SHARE,
    percent_of,
    read_ratios,
)
from households.values import BASIS_POINTS, LinkageModel

WORDS = ("mode", "after_floor", "special_fund", "market_price_source")


@dataclass(frozen=True, slots=True)
class Said:
    """One term: its code, in what it is written, and its value."""

    code: str
    unit: str
    value: int | str


@dataclass(frozen=True, slots=True)
class Weighed:
    """The weights of a contract: of which field, of one household where asked, and in all."""

    field: str
    households: int
    total: int | None
    """None where too few have a weight for one of them to read the sum."""
    own: int | None = None


def describe(model: LinkageModel, terms: Terms) -> list[Said]:
    """Return a contract's terms in their order; what stands at zero by default is left out."""
    values = read_all(model, terms)
    said: list[Said] = []
    for number in FIELDS[model]:
        value = values.get(number.code)
        if value is None or (value == 0 and number.default == 0):
            continue
        said.append(Said(number.code, number.measure, value))
    if model is LinkageModel.CONSIGN:
        said += [
            Said(code, "ratio", percent_of(ratio * BASIS_POINTS))
            for code, ratio in sorted(read_ratios(terms).items(), key=_place)
        ]
    for word in WORDS:
        if word in terms and isinstance(terms[word], str | bool):
            said.append(Said(word, "word", str(terms[word])))
    return said


def _place(item: tuple[str, Fraction]) -> tuple[int, str]:
    """Put households first, then payer and village, then funds by code."""
    usual = (HOUSEHOLD_POT, COOPERATIVE_SHARE, VILLAGE_SHARE)
    code = item[0]
    return (usual.index(code) if code in usual else len(usual), code)


def describe_weights(
    model: LinkageModel, terms: Terms, *, household: str | None = None
) -> Weighed | None:
    """Return how a pot is divided, without naming anybody; None where nobody has a weight."""
    field = WEIGHTS.get(model)
    weights = read_weights(terms, field) if field else {}
    if field is None or not weights:
        return None
    own = None if household is None else weights.get(household, 0)
    return Weighed(field, len(weights), sum(weights.values()), own)
