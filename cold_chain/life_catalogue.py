"""The models of shelf life the product starts with, as rows; every figure names its source.

Only published figures stand here. Where rates were published and no life, the rows say so and
nobody is told days. A month counts as thirty days. `effective_from` is the day from which this
house asks the model.
"""

from typing import Any, Final

from cold_chain.profile_catalogue import ADOPTED_ON
from cold_chain.values import LifeKind, LifeRole

Row = dict[str, Any]

DAY_MIN: Final = 24 * 60
MONTH_MIN: Final = 30 * DAY_MIN

SALTVEIT: Final = (
    "Saltveit, Respiratory metabolism, USDA Agriculture Handbook 66 (as reprinted)"
)
KLEINHENZ: Final = "Kleinhenz et al. 2000, Postharvest Biol. Technol. 19:253-264"


def _model(
    code: str, profile: str, kind: LifeKind, names: tuple[str, str], **figures: Any
) -> Row:
    return {
        "code": code,
        "version": 1,
        "profile_code": profile,
        "kind": kind,
        "role": LifeRole.ESTIMATE,
        "name": names[0],
        "name_en": names[1],
        "life_min": None,
        "joule_per_mole": None,
        "effective_from": ADOPTED_ON,
        "effective_to": None,
        **figures,
    }


LIFE_MODELS: tuple[Row, ...] = (
    _model(
        "BAMBOO_RESPIRATION",
        "BAMBOO_FRESH",
        LifeKind.Q10,
        ("绿竹笋呼吸模型", "Bambusa oldhamii, respiration"),
        reference_centi=2000,
        life_min=6 * DAY_MIN,
        tested_from_centi=200,
        tested_to_centi=2500,
        source=KLEINHENZ,
        note="Q10 2.3 between 20 and 2; six days in LDPE bags at 20 to 25",
    ),
    _model(
        "BAMBOO_MOULD",
        "BAMBOO_FRESH",
        LifeKind.CEILING,
        ("绿竹笋霉变上限", "Bambusa oldhamii, mould"),
        role=LifeRole.GUARD,
        reference_centi=800,
        tested_from_centi=800,
        tested_to_centi=2500,
        source=KLEINHENZ,
        note="fungus ends life within ten days at 8; six days in LDPE bags at 20 to 25",
    ),
    _model(
        "BAMBOO_UNTREATED",
        "BAMBOO_FRESH",
        LifeKind.CEILING,
        ("早竹笋未处理", "Phyllostachys praecox, untreated"),
        reference_centi=400,
        tested_from_centi=400,
        tested_to_centi=400,
        source="Gu et al. 2002 (abstract)",
        note="less than ten days at 4 untreated; about 25 with ozone in PVC bags not counted",
    ),
    _model(
        "LAMB_CARCASS_FROZEN",
        "GOAT_FROZEN",
        LifeKind.CURVE,
        ("冷冻羊胴体", "Frozen lamb carcass"),
        reference_centi=-1800,
        tested_from_centi=-3000,
        tested_to_centi=-1800,
        source="https://tamcold.com/blog (storage life of frozen meat), secondary",
        note="9, 12 and 24 months at -18, -25 and -30; lamb taken for goat",
    ),
    _model(
        "LAMB_CUTS_FROZEN",
        "GOAT_FROZEN",
        LifeKind.CURVE,
        ("冷冻羊分割肉", "Frozen lamb cuts"),
        reference_centi=-1800,
        tested_from_centi=-2900,
        tested_to_centi=-1800,
        source="WFLO Commodity Storage Manual 2008, secondary",
        note="12 months at -18, 18 at -29; lamb taken for goat",
    ),
    _model(
        "PORK_TOTAL_COUNT",
        "GOAT_CHILLED",
        LifeKind.ARRHENIUS,
        ("冷鲜猪肉菌落总数", "Chilled pork, total count"),
        reference_centi=400,
        joule_per_mole=71_260,
        tested_from_centi=0,
        tested_to_centi=2000,
        source="http://www.zhilengw.com/5/6718, secondary",
        note="rates only, tested at 0, 5, 10 and 20; pork, no life was published for goat",
    ),
    _model(
        "PORK_TVBN",
        "GOAT_CHILLED",
        LifeKind.ARRHENIUS,
        ("冷鲜猪肉挥发性盐基氮", "Chilled pork, TVB-N"),
        reference_centi=400,
        joule_per_mole=68_860,
        tested_from_centi=0,
        tested_to_centi=2000,
        source="http://www.zhilengw.com/5/6718, secondary",
        note="rates only, tested at 0, 5, 10 and 20; pork, no life was published for goat",
    ),
    *(
        _model(
            f"PRODUCE_RATES_{label}",
            "PRODUCE_CHILLED",
            LifeKind.Q10,
            (f"果蔬呼吸速率（{name}）", f"Produce, rates of respiration ({name_en})"),
            reference_centi=0,
            tested_from_centi=0,
            tested_to_centi=4000,
            source=SALTVEIT,
            note="rates only: Q10 by band of ten degrees; how long a kind keeps is not told",
        )
        for label, name, name_en in (
            ("LOW", "低", "low"),
            ("TYPICAL", "典型", "typical"),
            ("HIGH", "高", "high"),
        )
    ),
    *(
        _model(
            f"TEA_BROWNING_{label}",
            "TEA_GREEN",
            LifeKind.Q10,
            (f"绿茶褐变（Q10 {label}）", f"Green tea, browning (Q10 {label})"),
            reference_centi=500,
            tested_from_centi=0,
            tested_to_centi=4000,
            source="https://talaoshi.com/jineng/lorm9.html, secondary",
            note="rates only: browning goes three to five times faster per ten degrees",
        )
        for label in ("3", "5")
    ),
)


def _bands(code: str, *factors: int) -> tuple[Row, ...]:
    return tuple(
        _point(code, place * 1000, q10_permille=factor) for place, factor in enumerate(factors)
    )


def _point(
    code: str, centi: int, *, q10_permille: int | None = None, life_min: int | None = None
) -> Row:
    return {
        "model_code": code,
        "model_version": 1,
        "centi": centi,
        "q10_permille": q10_permille,
        "life_min": life_min,
    }


LIFE_POINTS: tuple[Row, ...] = (
    _point("BAMBOO_RESPIRATION", 200, q10_permille=2300),
    _point("BAMBOO_MOULD", 800, life_min=10 * DAY_MIN),
    _point("BAMBOO_MOULD", 2000, life_min=6 * DAY_MIN),
    _point("BAMBOO_UNTREATED", 400, life_min=10 * DAY_MIN),
    _point("LAMB_CARCASS_FROZEN", -3000, life_min=24 * MONTH_MIN),
    _point("LAMB_CARCASS_FROZEN", -2500, life_min=12 * MONTH_MIN),
    _point("LAMB_CARCASS_FROZEN", -1800, life_min=9 * MONTH_MIN),
    _point("LAMB_CUTS_FROZEN", -2900, life_min=18 * MONTH_MIN),
    _point("LAMB_CUTS_FROZEN", -1800, life_min=12 * MONTH_MIN),
    *_bands("PRODUCE_RATES_LOW", 2500, 2000, 1500, 1000),
    *_bands("PRODUCE_RATES_TYPICAL", 3000, 2500, 2000, 1500),
    *_bands("PRODUCE_RATES_HIGH", 4000, 2500, 2000, 1500),
    *_bands("TEA_BROWNING_3", 3000),
    *_bands("TEA_BROWNING_5", 5000),
)
