"""What a contract may say: terms are checked at activation and refused with the reason."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from households.rules.terms import reading
from households.rules.terms.fields import WEIGHTS, Terms, read_all, read_weights
from households.rules.terms.ratios import VILLAGE_SHARE, percent_of
from households.values import BASIS_POINTS, LinkageModel, TermLimits
from kernel.errors import InvalidError


def check_terms(model: LinkageModel, terms: Terms, limits: TermLimits) -> None:
    """Refuse terms that cannot be carried out, with the reason (`InvalidError`)."""
    read_all(model, terms)
    for field in WEIGHTS.values():
        read_weights(terms, field)
    CHECKS[model](terms, limits)


def weighed_households(terms: Terms) -> set[str]:
    """Return every household that the terms give a weight."""
    return {household for field in WEIGHTS.values() for household in read_weights(terms, field)}


def _check_consignment(terms: Terms, limits: TermLimits) -> None:
    ratios = reading.read_consignment(terms).ratios
    if limits.payer_is_village and VILLAGE_SHARE in ratios:
        raise InvalidError(
            "circular_party", "the village collective would pay a share to itself"
        )


def _check_premium(terms: Terms, limits: TermLimits) -> None:
    reading.read_premium(terms)
    if limits.payer_is_village:
        raise InvalidError(
            "circular_party", "the village collective would pay into its own fund"
        )


def _check_patronage(terms: Terms, limits: TermLimits) -> None:
    read = reading.read_patronage(terms)
    if read.refund_bp < limits.patronage_floor_bp:
        raise InvalidError(
            "below_legal_floor",
            f"at least {limits.patronage_floor_bp} of 10000 goes back by trade volume",
            minimum=limits.patronage_floor_bp,
            percent=percent_of(limits.patronage_floor_bp),
        )


def _check_equity(terms: Terms, limits: TermLimits) -> None:
    del limits
    read = reading.read_equity(terms)
    kept = read.reserve_bp + read.collective_share_bp
    if kept >= BASIS_POINTS:
        raise InvalidError(
            "parts_do_not_sum",
            "nothing would be left for the shares",
            total=kept,
            percent="100",
        )


def _check_asset(terms: Terms, limits: TermLimits) -> None:
    read = reading.read_asset(terms)
    parts = read.household_bp + read.public_bp + read.reserve_bp
    if parts != BASIS_POINTS:
        raise InvalidError(
            "parts_do_not_sum",
            f"the three parts sum to {parts}, not to 10000",
            total=parts,
            percent=percent_of(parts),
        )
    if read.floor_rate_bp is not None and limits.asset_rate_band_bp is not None:
        low, high = limits.asset_rate_band_bp
        if not low <= read.floor_rate_bp <= high:
            raise InvalidError(
                "outside_policy_band",
                f"the floor rate {read.floor_rate_bp} lies outside {low} to {high}",
                minimum=low,
                maximum=high,
                low=percent_of(low),
                high=percent_of(high),
            )


def _check_reliefwork(terms: Terms, limits: TermLimits) -> None:
    read = reading.read_reliefwork(terms)
    floor = limits.relief_special_bp if read.special_fund else limits.relief_floor_bp
    if read.labour_bp is not None and floor is not None and read.labour_bp < floor:
        raise InvalidError(
            "relief_pay_too_low",
            f"at least {floor} of 10000 of the subsidy goes into pay",
            minimum=floor,
            percent=percent_of(floor),
        )


def _only_read(read: Callable[[Terms], object]) -> Callable[[Terms, TermLimits], None]:
    def check(terms: Terms, limits: TermLimits) -> None:
        del limits
        read(terms)

    return check


CHECKS: Mapping[LinkageModel, Callable[[Terms, TermLimits], None]] = MappingProxyType(
    {
        LinkageModel.CONSIGN: _check_consignment,
        LinkageModel.ORDER: _only_read(reading.read_order),
        LinkageModel.GUARANTEED: _only_read(reading.read_guaranteed),
        LinkageModel.EQUITY: _check_equity,
        LinkageModel.PATRONAGE: _check_patronage,
        LinkageModel.WAGE: _only_read(reading.read_wage),
        LinkageModel.RENT: _only_read(reading.read_rent),
        LinkageModel.INKIND: _only_read(reading.read_inkind),
        LinkageModel.PREMIUM: _check_premium,
        LinkageModel.ASSET: _check_asset,
        LinkageModel.RELIEFWORK: _check_reliefwork,
        LinkageModel.TRUST: _only_read(reading.read_trust),
    }
)
