"""Read a contract's written terms into exact frozen values, one function for each model."""

from fractions import Fraction

from households.rules.terms.fields import (
    Terms,
    read_all,
    read_choice,
    read_flag,
    read_weights,
)
from households.rules.terms.ratios import read_ratios
from households.values import (
    AssetTerms,
    ConsignmentTerms,
    DividendMode,
    EquityTerms,
    GuaranteedTerms,
    InkindTerms,
    LinkageModel,
    OrderTerms,
    PatronageTerms,
    PremiumTerms,
    ReliefworkTerms,
    RentTerms,
    TrustMode,
    TrustTerms,
    WageTerms,
)
from kernel.errors import InvalidError

GRAMS_PER_KG = 1_000


def read_consignment(terms: Terms) -> ConsignmentTerms:
    """Return the exact terms of a consignment share contract; raises `InvalidError`."""
    values = read_all(LinkageModel.CONSIGN, terms)
    return ConsignmentTerms(values["fee_bp"], values["logistics_bp"], read_ratios(terms))


def read_order(terms: Terms) -> OrderTerms:
    """Return the exact terms of a purchase with a floor price; raises `InvalidError`."""
    values = read_all(LinkageModel.ORDER, terms)
    if values["premium_bp"] and values["add_fen_per_kg"]:
        raise InvalidError(
            "price_rule_twice", "market is raised by a rate or by an amount, not by both"
        )
    return OrderTerms(
        floor_minor_per_kg=values["floor_price"],
        max_weight_g=values["max_qty_kg"] * GRAMS_PER_KG,
        premium_bp=values["premium_bp"],
        add_minor_per_kg=values["add_fen_per_kg"],
        deposit_percent=values["deposit_rate"],
    )


def read_guaranteed(terms: Terms) -> GuaranteedTerms:
    """Return the exact terms of a guaranteed dividend; raises `InvalidError`."""
    values = read_all(LinkageModel.GUARANTEED, terms)
    modes = frozenset(mode.value for mode in DividendMode)
    read = GuaranteedTerms(
        principal_minor=values["principal_fen"],
        floor_rate_bp=values["floor_rate_bp"],
        profit_share_bp=values["profit_share_bp"],
        mode=DividendMode(read_choice(terms, "mode", modes, DividendMode.GUARANTEE)),
        after_floor=read_flag(terms, "after_floor", default=False),
        cap_rate_bp=values.get("cap_rate_bp"),
        area_mu_x100=values["area_mu_x100"],
        floor_minor_per_mu=values["floor_fen_per_mu"],
    )
    if read.cap_rate_bp is not None and _floor(read) > _cap(read):
        raise InvalidError("cap_below_floor", "the most that is paid lies below the floor")
    return read


def read_equity(terms: Terms) -> EquityTerms:
    """Return the exact terms of share cooperation; raises `InvalidError`."""
    values = read_all(LinkageModel.EQUITY, terms)
    return EquityTerms(
        reserve_bp=values["reserve_bp"],
        collective_share_bp=values["collective_share_bp"],
        shares=read_weights(terms, "shares"),
    )


def read_patronage(terms: Terms) -> PatronageTerms:
    """Return the exact terms of a patronage refund; raises `InvalidError`."""
    values = read_all(LinkageModel.PATRONAGE, terms)
    return PatronageTerms(
        refund_bp=values["refund_bp"],
        reserve_bp=values["reserve_bp"],
        capital=read_weights(terms, "capital"),
    )


def read_wage(terms: Terms) -> WageTerms:
    """Return the exact terms of wages; raises `InvalidError` when no rate is stated."""
    values = read_all(LinkageModel.WAGE, terms)
    read = WageTerms(
        day_rate_minor=values["day_rate_fen"],
        hour_rate_minor=values["hour_rate_fen"],
        piece_rate_minor=values["piece_rate_fen"],
        pay_day=values["pay_day"],
    )
    if not (read.day_rate_minor or read.hour_rate_minor or read.piece_rate_minor):
        raise InvalidError(
            "terms_incomplete", "the contract states no wage", field="day_rate_fen"
        )
    return read


def read_rent(terms: Terms) -> RentTerms:
    """Return the exact terms of rent; raises `InvalidError`."""
    values = read_all(LinkageModel.RENT, terms)
    return RentTerms(
        area_mu_x100=values["area_mu_x100"],
        rent_minor_per_mu_year=values["rent_fen_per_mu_year"],
        escalation_bp=values["escalation_bp"],
    )


def read_inkind(terms: Terms) -> InkindTerms:
    """Return the exact terms of inputs on credit with buy-back; raises `InvalidError`."""
    values = read_all(LinkageModel.INKIND, terms)
    return InkindTerms(
        input_cost_minor=values["input_cost_fen"],
        buyback_minor_per_kg=values["buyback_price"],
        loss_share_bp=values["loss_share_bp"],
    )


def read_premium(terms: Terms) -> PremiumTerms:
    """Return the exact terms of a premium for the village's fund; raises `InvalidError`."""
    return PremiumTerms(fund_bp=read_all(LinkageModel.PREMIUM, terms)["fund_bp"])


def read_asset(terms: Terms) -> AssetTerms:
    """Return the exact terms of asset income; raises `InvalidError`."""
    values = read_all(LinkageModel.ASSET, terms)
    return AssetTerms(
        household_bp=values["household_bp"],
        public_bp=values["public_bp"],
        reserve_bp=values["reserve_bp"],
        principal_minor=values["principal_fen"],
        floor_rate_bp=values.get("floor_rate_bp"),
        beneficiaries=read_weights(terms, "beneficiaries"),
    )


def read_reliefwork(terms: Terms) -> ReliefworkTerms:
    """Return the exact terms of relief work; raises `InvalidError`."""
    values = read_all(LinkageModel.RELIEFWORK, terms)
    return ReliefworkTerms(
        subsidy_minor=values["subsidy_fen"],
        special_fund=read_flag(terms, "special_fund", default=True),
        labour_bp=values.get("labour_bp"),
        day_rate_minor=values["day_rate_fen"],
    )


def read_trust(terms: Terms) -> TrustTerms:
    """Return the exact terms of an operated asset; raises `InvalidError`."""
    values = read_all(LinkageModel.TRUST, terms)
    modes = frozenset(mode.value for mode in TrustMode)
    return TrustTerms(
        floor_minor=values["floor_fen"],
        share_bp=values["share_bp"],
        mode=TrustMode(read_choice(terms, "mode", modes, TrustMode.FULL)),
    )


def _floor(read: GuaranteedTerms) -> Fraction:
    by_area = Fraction(read.area_mu_x100 * read.floor_minor_per_mu, 100)
    return Fraction(read.principal_minor * read.floor_rate_bp, 10_000) + by_area


def _cap(read: GuaranteedTerms) -> Fraction:
    return Fraction(read.principal_minor * (read.cap_rate_bp or 0), 10_000)
