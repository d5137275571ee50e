"""What a contract may say: terms are checked at activation and refused with the reason."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from households.values import BASIS_POINTS, ConsignmentTerms, LinkageModel, TermLimits
from kernel.errors import InvalidError

HOUSEHOLD_POT = "HHPOT"
COOPERATIVE_SHARE = "COOP"
VILLAGE_SHARE = "VILLAGE"

Terms = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Number:
    """A whole number a contract states, with its bounds; None is unbounded."""

    code: str
    minimum: int = 0
    maximum: int | None = None
    default: int | None = None
    """What holds when the contract is silent; None means it must speak."""


FIELDS: Mapping[LinkageModel, tuple[_Number, ...]] = MappingProxyType(
    {
        LinkageModel.ORDER: (
            _Number("floor_price"),
            _Number("deposit_rate", maximum=30, default=10),
            _Number("max_qty_kg"),
        ),
        LinkageModel.GUARANTEED: (
            _Number("principal_fen"),
            _Number("floor_rate_bp", maximum=1200),
            _Number("profit_share_bp", maximum=BASIS_POINTS),
        ),
        LinkageModel.EQUITY: (
            _Number("reserve_bp", maximum=5000),
            _Number("collective_share_bp", maximum=5000),
        ),
        LinkageModel.PATRONAGE: (_Number("refund_bp", maximum=BASIS_POINTS),),
        LinkageModel.WAGE: (
            _Number("day_rate_fen", default=0),
            _Number("piece_rate_fen", default=0),
            _Number("pay_day", minimum=1, maximum=28, default=10),
        ),
        LinkageModel.RENT: (
            _Number("area_mu_x100", minimum=1),
            _Number("rent_fen_per_mu_year"),
            _Number("escalation_bp", maximum=1000, default=0),
        ),
        LinkageModel.INKIND: (
            _Number("input_cost_fen"),
            _Number("buyback_price"),
            _Number("loss_share_bp", maximum=BASIS_POINTS),
        ),
        LinkageModel.CONSIGN: (
            _Number("fee_bp", maximum=1000),
            _Number("logistics_bp", maximum=5000, default=0),
        ),
        LinkageModel.PREMIUM: (_Number("fund_bp", maximum=500),),
        LinkageModel.ASSET: (
            _Number("household_bp", maximum=BASIS_POINTS),
            _Number("public_bp", maximum=BASIS_POINTS),
            _Number("reserve_bp", maximum=BASIS_POINTS),
        ),
        LinkageModel.RELIEFWORK: (_Number("subsidy_fen"),),
        LinkageModel.TRUST: (
            _Number("floor_fen"),
            _Number("share_bp", maximum=BASIS_POINTS),
        ),
    }
)
"""The numbers of each model, as data/linkage models describe them."""

RATIO_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,31}")

WEIGHTS = ("shares", "capital", "beneficiaries")
"""Fields that hold whole weights by household."""


def check_terms(model: LinkageModel, terms: Terms, limits: TermLimits) -> None:
    """Refuse terms that cannot be carried out, with the reason (`InvalidError`)."""
    for number in FIELDS[model]:
        read_number(terms, number.code, number=number)
    for field in WEIGHTS:
        if field in terms:
            _check_weights(field, terms[field])
    special = SPECIAL.get(model)
    if special:
        special(terms, limits)


def read_consignment(terms: Terms) -> ConsignmentTerms:
    """Return the exact terms of a consignment share contract; raises `InvalidError`."""
    fee_bp = read_number(terms, "fee_bp", number=_field(LinkageModel.CONSIGN, "fee_bp"))
    logistics_bp = read_number(
        terms, "logistics_bp", number=_field(LinkageModel.CONSIGN, "logistics_bp")
    )
    return ConsignmentTerms(fee_bp, logistics_bp, read_ratios(terms))


def read_number(terms: Terms, code: str, *, number: _Number) -> int:
    """Return a whole number of the contract within its bounds; raises `InvalidError`."""
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


def read_ratios(terms: Terms) -> Mapping[str, Fraction]:
    """Return the exact ratios, which sum to one once the residual holder has the rest.

    Without a named residual holder ratios that sum to anything else are refused, as are
    ratios above one in total: a published 90.625 % and 110 % are the reason.
    """
    written = terms.get("ratios")
    if not isinstance(written, Mapping) or not written:
        raise InvalidError("terms_incomplete", "the contract states no ratios", field="ratios")
    ratios = {str(code): _read_ratio(str(code), value) for code, value in written.items()}
    residual = terms.get("residual")
    if residual is not None:
        _read_ratio(str(residual), 0)
    stated = sum(ratios.values(), Fraction(0))
    if residual is not None and stated <= 1:
        ratios[str(residual)] = ratios.get(str(residual), Fraction(0)) + 1 - stated
    elif stated != 1:
        raise InvalidError(
            "ratios_do_not_sum",
            f"the ratios sum to {stated}, not to 1, and nobody is named to hold the rest",
            total=str(stated),
        )
    return {code: ratio for code, ratio in ratios.items() if ratio > 0}


def _read_ratio(code: str, value: object) -> Fraction:
    if not RATIO_CODE.fullmatch(code):
        raise InvalidError("ratio_code_invalid", f"{code} is no code of a share", code=code)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidError(
            "ratio_not_exact",
            f"write the ratio of {code} as a fraction, such as 15/20",
            code=code,
        )
    try:
        ratio = Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidError(
            "ratio_not_exact", f"the ratio of {code} is not a fraction", code=code
        ) from error
    if ratio < 0:
        raise InvalidError("ratio_negative", f"the ratio of {code} is negative", code=code)
    return ratio


def _field(model: LinkageModel, code: str) -> _Number:
    return next(number for number in FIELDS[model] if number.code == code)


def _check_weights(field: str, written: object) -> None:
    if not isinstance(written, Mapping) or any(
        isinstance(weight, bool) or not isinstance(weight, int) or weight < 0
        for weight in written.values()
    ):
        raise InvalidError(
            "weights_not_whole", f"{field} must be whole numbers by household", field=field
        )
    if sum(written.values()) == 0:
        raise InvalidError("zero_weights", f"{field} sum to zero", field=field)


def _check_consignment(terms: Terms, limits: TermLimits) -> None:
    consignment = read_consignment(terms)
    if limits.payer_is_village and VILLAGE_SHARE in consignment.ratios:
        raise InvalidError(
            "circular_party", "the village collective would pay a share to itself"
        )


def _check_patronage(terms: Terms, limits: TermLimits) -> None:
    if terms["refund_bp"] < limits.patronage_floor_bp:
        raise InvalidError(
            "below_legal_floor",
            f"at least {limits.patronage_floor_bp} of 10000 goes back by trade volume",
            minimum=limits.patronage_floor_bp,
        )


def _check_equity(terms: Terms, limits: TermLimits) -> None:
    del limits
    kept = terms["reserve_bp"] + terms["collective_share_bp"]
    if kept >= BASIS_POINTS:
        raise InvalidError("parts_do_not_sum", "nothing would be left for the shares")


def _check_asset(terms: Terms, limits: TermLimits) -> None:
    parts = terms["household_bp"] + terms["public_bp"] + terms["reserve_bp"]
    if parts != BASIS_POINTS:
        raise InvalidError(
            "parts_do_not_sum", f"the three parts sum to {parts}, not to 10000", total=parts
        )
    rate = terms.get("floor_rate_bp")
    if rate is not None and limits.asset_rate_band_bp is not None:
        low, high = limits.asset_rate_band_bp
        if not low <= rate <= high:
            raise InvalidError(
                "outside_policy_band",
                f"the floor rate {rate} lies outside {low} to {high}",
                minimum=low,
                maximum=high,
            )


def _check_wage(terms: Terms, limits: TermLimits) -> None:
    del limits
    if terms.get("day_rate_fen", 0) == 0 and terms.get("piece_rate_fen", 0) == 0:
        raise InvalidError(
            "terms_incomplete", "the contract states no wage", field="day_rate_fen"
        )


SPECIAL: Mapping[LinkageModel, Callable[[Terms, TermLimits], None]] = MappingProxyType(
    {
        LinkageModel.CONSIGN: _check_consignment,
        LinkageModel.PATRONAGE: _check_patronage,
        LinkageModel.EQUITY: _check_equity,
        LinkageModel.ASSET: _check_asset,
        LinkageModel.WAGE: _check_wage,
    }
)
