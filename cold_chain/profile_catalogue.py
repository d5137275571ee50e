"""The limit profiles the product starts with, as rows; every figure names where it is from.

Limits come from the standards named in `source` and `clause`. No standard gives delays, so
they are the defaults of an open monitoring system used under WHO programmes (warm 30 minutes
at a stretch or 60 in all, cold 20 or 40). Goods for which no figure could be verified have no
profile. `effective_from` is the day from which this house applies the version.
"""

from datetime import date
from typing import Any, Final

from cold_chain.values import AlarmMode, LimitSide, Severity

Row = dict[str, Any]

ADOPTED_ON: Final = date(2024, 1, 1)

WARM_SINGLE_MIN: Final = 30
WARM_CUMULATIVE_MIN: Final = 60
COLD_SINGLE_MIN: Final = 20
COLD_CUMULATIVE_MIN: Final = 40
HARD_MIN: Final = 15

DELAY_SOURCE: Final = (
    "delay: defaults of msupply-foundation/msupply-cold-chain at 1c78394"
    " (hot 30 min, hot cumulative 60, cold 20, cold cumulative 40)"
)
HARD_SOURCE: Final = "delay: no longer than one permitted door opening, 15 minutes; house rule"


def _profile(code: str, storage_class: str, names: tuple[str, str], **figures: Any) -> Row:
    return {
        "code": code,
        "version": 1,
        "storage_class": storage_class,
        "is_class_default": True,
        "name": names[0],
        "name_en": names[1],
        "target_lower_centi": None,
        "target_upper_centi": None,
        "precool_centi": None,
        "refuse_above_centi": None,
        "startup_ignore_min": 10,
        "hysteresis_centi": 50,
        "gap_factor_permille": 1900,
        "max_gap_min": 30,
        "min_coverage_permille": 950,
        "door_grace_min": 10,
        "door_delay_min": 15,
        "mkt_joule_per_mole": 83_144,
        "effective_from": ADOPTED_ON,
        "effective_to": None,
        **figures,
    }


PROFILES: tuple[Row, ...] = (
    _profile(
        "GOAT_FROZEN",
        "FROZEN",
        ("冷冻食品（按冷冻肉限值）", "Frozen food, limits of frozen meat"),
        target_upper_centi=-1800,
        dose_limit_centi=-1500,
        precool_centi=-1000,
        refuse_above_centi=-1200,
        source="GB 20799-2016; DB31/T 388-2007; GB/T 24616-2019",
        clause="GB 20799 2.3: core at most -15; DB31/T 388: carry at -18, rebound at most -15,"
        " vehicle at most -10 before loading, refuse above -12",
    ),
    _profile(
        "GOAT_CHILLED",
        "CHILL_MEAT",
        ("冷鲜肉", "Chilled meat"),
        target_lower_centi=0,
        target_upper_centi=400,
        dose_limit_centi=400,
        refuse_above_centi=700,
        source="GB 20799-2016; DB31/T 388-2007; freezing point of sheep meat -0.76 to -1.32",
        clause="GB 20799 2.2: 0 to 4 in all steps; DB31/T 388: rebound at hand-over at most 7",
    ),
    _profile(
        "GOAT_OFFAL",
        "CHILL_MEAT",
        ("冷鲜羊副产品", "Chilled offal"),
        is_class_default=False,
        target_lower_centi=0,
        target_upper_centi=300,
        dose_limit_centi=300,
        source="ATP agreement",
        clause="offal at most +3",
    ),
    _profile(
        "PRODUCE_CHILLED",
        "CHILL_VEG",
        ("冷藏果蔬", "Chilled vegetables and fruit"),
        target_lower_centi=0,
        target_upper_centi=700,
        dose_limit_centi=700,
        source="DB31/T 388-2007",
        clause="group 2: above 0 and at most 7",
    ),
    _profile(
        "BAMBOO_FRESH",
        "CHILL_VEG",
        ("鲜竹笋", "Fresh bamboo shoots"),
        is_class_default=False,
        target_lower_centi=100,
        target_upper_centi=200,
        dose_limit_centi=500,
        source="Kleinhenz et al. 2000, Postharvest Biol. Technol. 19:253-264; house rule",
        clause="best at 1 to 2; alarm above 5; mould ends life within 10 days at 8",
    ),
    _profile(
        "READY_CHILLED",
        "CHILL_READY",
        ("冷藏即食食品", "Chilled ready meals"),
        target_lower_centi=0,
        target_upper_centi=1000,
        dose_limit_centi=1000,
        source="GB 31605-2020",
        clause="section 6: ready-meal cold store 0 to 10",
    ),
    _profile(
        "CHILLED_GENERAL",
        "ICED",
        ("冰鲜及一般冷藏食品", "Iced and other chilled food"),
        target_upper_centi=800,
        dose_limit_centi=800,
        source="GB/T 24616-2019",
        clause="chilled: freezing point to 8; a colder label wins",
    ),
    _profile(
        "TEA_GREEN",
        "TEA_COLD",
        ("绿茶低温", "Green tea, cold"),
        target_lower_centi=0,
        target_upper_centi=500,
        dose_limit_centi=1000,
        source="GB/T 30375-2013",
        clause="green and yellow tea at most 10; 0 to 5 best",
    ),
)


def _rule(profile: str, code: str, limit_centi: int, **changes: Any) -> Row:
    return {
        "profile_code": profile,
        "profile_version": 1,
        "code": code,
        "side": LimitSide.UPPER,
        "limit_centi": limit_centi,
        "includes_limit": False,
        "mode": AlarmMode.SINGLE,
        "delay_min": WARM_SINGLE_MIN,
        "severity": Severity.CRITICAL,
        "source": DELAY_SOURCE,
        **changes,
    }


def _warm(profile: str, limit_centi: int) -> tuple[Row, Row]:
    return (
        _rule(profile, "warm", limit_centi),
        _rule(
            profile,
            "warm_total",
            limit_centi,
            mode=AlarmMode.CUMULATIVE,
            delay_min=WARM_CUMULATIVE_MIN,
        ),
    )


def _cold(profile: str, limit_centi: int, *, includes_limit: bool = False) -> tuple[Row, Row]:
    return (
        _rule(
            profile,
            "cold",
            limit_centi,
            side=LimitSide.LOWER,
            includes_limit=includes_limit,
            delay_min=COLD_SINGLE_MIN,
        ),
        _rule(
            profile,
            "cold_total",
            limit_centi,
            side=LimitSide.LOWER,
            includes_limit=includes_limit,
            mode=AlarmMode.CUMULATIVE,
            delay_min=COLD_CUMULATIVE_MIN,
        ),
    )


def _hard(profile: str, limit_centi: int) -> Row:
    return _rule(profile, "hard", limit_centi, delay_min=HARD_MIN, source=HARD_SOURCE)


RULES: tuple[Row, ...] = (
    *_warm("GOAT_FROZEN", -1500),
    _hard("GOAT_FROZEN", -1200),
    *_warm("GOAT_CHILLED", 400),
    *_cold("GOAT_CHILLED", -50),
    _hard("GOAT_CHILLED", 700),
    *_warm("GOAT_OFFAL", 300),
    *_warm("PRODUCE_CHILLED", 700),
    *_cold("PRODUCE_CHILLED", 0, includes_limit=True),
    *_warm("BAMBOO_FRESH", 500),
    _hard("BAMBOO_FRESH", 800),
    *_warm("READY_CHILLED", 1000),
    *_cold("READY_CHILLED", 0),
    *_warm("CHILLED_GENERAL", 800),
    *_warm("TEA_GREEN", 1000),
)
