"""The exact ratios of a share contract: they sum to one, or name who holds the rest."""

import re
from collections.abc import Mapping
from fractions import Fraction

from households.rules.terms.fields import Terms
from households.values import BASIS_POINTS
from kernel.errors import InvalidError

HOUSEHOLD_POT = "HHPOT"
COOPERATIVE_SHARE = "COOP"
VILLAGE_SHARE = "VILLAGE"
PREMIUM_FUND = "FUND"
"""The fund of a premium contract; it stands outside the ratios."""
FEE, LOGISTICS = "FEE", "LOGISTICS"
"""How platform and carrier stand in a split."""

RATIO_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,31}")
RESERVED = frozenset({FEE, LOGISTICS, PREMIUM_FUND})


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
            percent=percent_of(stated * BASIS_POINTS),
        )
    return {code: ratio for code, ratio in ratios.items() if ratio > 0}


def percent_of(basis_points: Fraction | int) -> str:
    """Write basis points in percent, with as many digits behind the point as they need."""
    thousandths = round(Fraction(basis_points) * 10)
    return f"{thousandths // 1000}.{thousandths % 1000:03}".rstrip("0").rstrip(".")


def _read_ratio(code: str, value: object) -> Fraction:
    if not RATIO_CODE.fullmatch(code) or code in RESERVED:
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
