"""The formulas of the twelve linkage models: pure, exact, whole fen, every step written down.

| model | function | what it is given besides the terms |
|---|---|---|
| ORDER | `order_purchase` | grams, market price, grams delivered before, grade |
| CONSIGN | `consign`; a paid line: `rules.attribution.attribute` | the sale |
| INKIND | `buy_back`, `certified_loss` | grams, what is still owed for inputs |
| GUARANTEED | `guaranteed` | profit, days |
| EQUITY | `equity` | profit, losses to cover, shares |
| PATRONAGE | `patronage` | surplus, trade and capital by member, the legal floor |
| ASSET | `asset_income`, `asset_distribution` | principal and rate; income and beneficiaries |
| TRUST | `trust` | profit |
| WAGE | `wages` | days, hours, pieces |
| RELIEFWORK | `relief_check` (and `wages`) | what was paid, the policy floor |
| RENT | `rent` | first and last day, first day of the contract |
| PREMIUM | `premium` | the lines' amounts |

A village's part of anything is `village_share`, the cost a sale of bought goods traces is
`traced_cost`, and every pot is divided by `divide` over the weights of `weigh`.
"""

from households.rules.formulas.dividends import (
    AssetDistribution,
    EquityPool,
    GuaranteedPay,
    Patronage,
    Pay,
    asset_distribution,
    asset_income,
    equity,
    guaranteed,
    patronage,
    trust,
    village_share,
)
from households.rules.formulas.purchase import (
    BuyBack,
    CertifiedLoss,
    Purchase,
    buy_back,
    certified_loss,
    order_price,
    order_purchase,
    traced_cost,
)
from households.rules.formulas.sale import (
    Consigned,
    PremiumFund,
    consign,
    line_bases,
    premium,
)
from households.rules.formulas.weights import divide, net_volume, weigh
from households.rules.formulas.work import (
    ReliefCheck,
    RentPay,
    relief_check,
    rent,
    wages,
)

__all__ = [
    "AssetDistribution",
    "BuyBack",
    "CertifiedLoss",
    "Consigned",
    "EquityPool",
    "GuaranteedPay",
    "Patronage",
    "Pay",
    "PremiumFund",
    "Purchase",
    "ReliefCheck",
    "RentPay",
    "asset_distribution",
    "asset_income",
    "buy_back",
    "certified_loss",
    "consign",
    "divide",
    "equity",
    "guaranteed",
    "line_bases",
    "net_volume",
    "order_price",
    "order_purchase",
    "patronage",
    "premium",
    "relief_check",
    "rent",
    "traced_cost",
    "trust",
    "village_share",
    "wages",
    "weigh",
]
