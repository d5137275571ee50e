"""The numbers each model's contract states, with their bounds, and how one is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from households.values import BASIS_POINTS, LinkageModel
from kernel.errors import InvalidError

Terms = Mapping[str, Any]


class FieldUnit(StrEnum):
    """In what a form asks for a number and a page writes it."""

    FEN = "fen"
    FEN_PER_KG = "fen_per_kg"
    KG = "kg"
    MU_X100 = "mu_x100"
    BASIS_POINTS = "basis_points"
    PERCENT = "percent"
    DAY_OF_MONTH = "day_of_month"


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number a contract states, with its bounds; None is unbounded."""

    code: str
    measure: FieldUnit
    minimum: int = 0
    maximum: int | None = None
    default: int | None = None
    """What holds when the contract is silent; None means it must speak, unless `optional`."""
    optional: bool = False


MOST = 1_000_000_000_000
"""No amount of a contract is larger: ten thousand million yuan."""


def _fen(code: str, *, default: int | None = None) -> Number:
    return Number(code, FieldUnit.FEN, maximum=MOST, default=default)


def _price(code: str, *, default: int | None = None) -> Number:
    return Number(code, FieldUnit.FEN_PER_KG, maximum=MOST, default=default)


def _rate(
    code: str,
    *,
    maximum: int = BASIS_POINTS,
    default: int | None = None,
    optional: bool = False,
) -> Number:
    return Number(
        code, FieldUnit.BASIS_POINTS, maximum=maximum, default=default, optional=optional
    )


FIELDS: Mapping[LinkageModel, tuple[Number, ...]] = MappingProxyType(
    {
        LinkageModel.ORDER: (
            _price("floor_price"),
            _rate("premium_bp", default=0),
            _price("add_fen_per_kg", default=0),
            Number("deposit_rate", FieldUnit.PERCENT, maximum=30, default=0),
            Number("max_qty_kg", FieldUnit.KG, maximum=MOST),
        ),
        LinkageModel.GUARANTEED: (
            _fen("principal_fen"),
            _rate("floor_rate_bp", maximum=1200),
            _rate("profit_share_bp"),
            _rate("cap_rate_bp", optional=True),
            Number("area_mu_x100", FieldUnit.MU_X100, maximum=MOST, default=0),
            _fen("floor_fen_per_mu", default=0),
        ),
        LinkageModel.EQUITY: (
            _rate("reserve_bp", maximum=5000),
            _rate("collective_share_bp", maximum=5000),
        ),
        LinkageModel.PATRONAGE: (
            _rate("refund_bp"),
            _rate("reserve_bp", maximum=5000, default=0),
        ),
        LinkageModel.WAGE: (
            _fen("day_rate_fen", default=0),
            _fen("hour_rate_fen", default=0),
            _fen("piece_rate_fen", default=0),
            Number("pay_day", FieldUnit.DAY_OF_MONTH, minimum=1, maximum=28, default=10),
        ),
        LinkageModel.RENT: (
            Number("area_mu_x100", FieldUnit.MU_X100, minimum=1, maximum=MOST),
            _fen("rent_fen_per_mu_year"),
            _rate("escalation_bp", maximum=1000, default=0),
        ),
        LinkageModel.INKIND: (
            _fen("input_cost_fen"),
            _price("buyback_price"),
            _rate("loss_share_bp"),
        ),
        LinkageModel.CONSIGN: (
            _rate("fee_bp", maximum=1000),
            _rate("logistics_bp", maximum=5000, default=0),
        ),
        LinkageModel.PREMIUM: (_rate("fund_bp", maximum=500),),
        LinkageModel.ASSET: (
            _fen("principal_fen", default=0),
            _rate("floor_rate_bp", optional=True),
            _rate("household_bp"),
            _rate("public_bp"),
            _rate("reserve_bp"),
        ),
        LinkageModel.RELIEFWORK: (
            _fen("subsidy_fen"),
            _rate("labour_bp", optional=True),
            _fen("day_rate_fen", default=0),
        ),
        LinkageModel.TRUST: (
            _fen("floor_fen"),
            _rate("share_bp"),
        ),
    }
)
"""The numbers of each model, as data/linkage models describe them."""

WEIGHTS: Mapping[LinkageModel, str] = MappingProxyType(
    {
        LinkageModel.EQUITY: "shares",
        LinkageModel.PATRONAGE: "capital",
        LinkageModel.ASSET: "beneficiaries",
    }
)
"""The field in which a model holds whole weights by household."""


def read_all(model: LinkageModel, terms: Terms) -> dict[str, int]:
    """Return every number of a model within its bounds; optional ones may be absent."""
    values = {}
    for number in FIELDS[model]:
        if number.optional and terms.get(number.code) is None:
            continue
        values[number.code] = read_number(terms, number)
    return values


def read_number(terms: Terms, number: Number) -> int:
    """Return a whole number of the contract within its bounds; raises `InvalidError`."""
    code = number.code
    value = terms.get(code, number.default)
    if value is None:
        raise InvalidError(
            "terms_incomplete", f"the contract does not state {code}", field=code
        )
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidError("terms_not_whole", f"{code} must be a whole number", field=code)
    too_high = number.maximum is not None and value > number.maximum
    if value < number.minimum or too_high:
        raise InvalidError(
            "terms_out_of_range",
            f"{code} is {value}, allowed are {number.minimum} to {number.maximum}",
            field=code,
            value=value,
            minimum=number.minimum,
            maximum=number.maximum,
        )
    return value


def read_choice(terms: Terms, code: str, allowed: frozenset[str], default: str) -> str:
    """Return one of the words a contract may say; raises `InvalidError` for another."""
    value = terms.get(code, default)
    if not isinstance(value, str) or value not in allowed:
        raise InvalidError(
            "terms_choice_unknown",
            f"{code} is none of {', '.join(sorted(allowed))}",
            field=code,
        )
    return value


def read_flag(terms: Terms, code: str, *, default: bool) -> bool:
    """Return whether a contract says yes; raises `InvalidError` for neither yes nor no."""
    value = terms.get(code, default)
    if not isinstance(value, bool):
        raise InvalidError("terms_choice_unknown", f"{code} is neither yes nor no", field=code)
    return value


def read_weights(terms: Terms, field: str) -> dict[str, int]:
    """Return whole weights by household; empty where the contract has none.

    Raises `InvalidError` for weights that are not whole, below zero, or zero altogether.
    """
    written = terms.get(field)
    if written is None:
        return {}
    if not isinstance(written, Mapping) or any(
        isinstance(weight, bool) or not isinstance(weight, int) or weight < 0
        for weight in written.values()
    ):
        raise InvalidError(
            "weights_not_whole", f"{field} must be whole numbers by household", field=field
        )
    if sum(written.values()) == 0:
        raise InvalidError("zero_weights", f"{field} sum to zero", field=field)
    return {str(household): weight for household, weight in written.items()}
