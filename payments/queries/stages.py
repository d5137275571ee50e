"""How far an entitlement has come, payment included: expected, earned, payable, paid, reversed.

The stage of an entitlement knows nothing of payment; the line of the settlement that pays it
does. `pay_stage()` is the expression, for a SELECT over `Entitlement` outer-joined with
`SettlementLine` by `settled_by()`; `list_pay_stages` answers for some entitlements.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, String, case, literal, select
from sqlalchemy.orm import Session

from households.models import Entitlement
from households.values import Stage
from payments.models import SettlementLine
from payments.values import LineState, PayStage


def settled_by() -> ColumnElement[bool]:
    """Return the condition of the outer join from an entitlement to the line that pays it."""
    return SettlementLine.id == Entitlement.settlement_line_id


def pay_stage() -> ColumnElement[str]:
    """Return the stage with payment; what was settled stays payable until the bank has paid."""
    return case(
        (Entitlement.stage == Stage.REVERSED, literal(PayStage.REVERSED.value, String)),
        (Entitlement.stage == Stage.EXPECTED, literal(PayStage.EXPECTED.value, String)),
        (SettlementLine.state == LineState.PAID, literal(PayStage.PAID.value, String)),
        (
            Entitlement.settlement_line_id.is_not(None),
            literal(PayStage.PAYABLE.value, String),
        ),
        else_=literal(PayStage.EARNED.value, String),
    )


def list_pay_stages(session: Session, entitlement_ids: Sequence[int]) -> Mapping[int, PayStage]:
    """Return the stage with payment of some entitlements; one statement."""
    rows = session.execute(
        select(Entitlement.id, pay_stage().label("stage"))
        .outerjoin(SettlementLine, settled_by())
        .where(Entitlement.id.in_(entitlement_ids))
    )
    return {row.id: PayStage(row.stage) for row in rows}
