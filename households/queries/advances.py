"""Read what contracts paid in advance and what became of it."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from households.models import ContractAdvance, LinkageContract
from households.values import Advance, AdvanceClosing, HouseholdId

ADVANCES = text(
    """
    SELECT contract.code AS contract_code, contract.organisation_code,
        payer.name AS organisation_name, contract.household_id, moved.paid_at,
        moved.paid_minor, CAST(coalesce(goods.minor, 0) AS bigint) AS netted_minor,
        moved.returned_minor, moved.waived_minor
    FROM linkage_contracts contract
    JOIN organisations payer ON payer.code = contract.organisation_code
    JOIN (
        SELECT contract_id, min(at) AS paid_at,
            CAST(sum(minor) FILTER (WHERE move = 'paid') AS bigint) AS paid_minor,
            CAST(coalesce(sum(minor) FILTER (WHERE move = 'returned'), 0) AS bigint)
                AS returned_minor,
            CAST(coalesce(sum(minor) FILTER (WHERE move = 'waived'), 0) AS bigint)
                AS waived_minor
        FROM contract_advances GROUP BY contract_id
    ) AS moved ON moved.contract_id = contract.id
    LEFT JOIN LATERAL (
        SELECT sum(CASE WHEN slip.reverses_id IS NULL THEN 1 ELSE -1 END
            * slip.netted_minor) AS minor
        FROM contract_versions version
        JOIN goods_receipts slip ON slip.contract_version_id = version.id
        WHERE version.contract_id = contract.id
    ) AS goods ON true
    WHERE (:payer = '' OR contract.organisation_code = :payer)
        AND (:household = '' OR contract.household_id = :household)
        AND (:code = '' OR contract.code = :code)
    ORDER BY contract.code
    """
)


def list_advances(
    session: Session,
    *,
    payer: str = "",
    household_id: HouseholdId | None = None,
    contract_code: str = "",
) -> list[Advance]:
    """Return the advances of a payer, a household or a contract, by contract; one statement."""
    asked = {"payer": payer, "household": household_id or "", "code": contract_code}
    return [Advance(**row) for row in session.execute(ADVANCES, asked).mappings()]


def list_closings(session: Session, contract_codes: list[str]) -> list[AdvanceClosing]:
    """Return what was decided about the rest of some contracts' advances, and why."""
    rows = session.execute(
        select(
            LinkageContract.code,
            ContractAdvance.move,
            ContractAdvance.minor,
            ContractAdvance.reason,
            ContractAdvance.at,
        )
        .join(LinkageContract, LinkageContract.id == ContractAdvance.contract_id)
        .where(LinkageContract.code.in_(contract_codes), ContractAdvance.number > 0)
        .order_by(LinkageContract.code, ContractAdvance.number)
    )
    return [
        AdvanceClosing(code, move, minor, reason or "", at)
        for code, move, minor, reason, at in rows
    ]
