"""What of a payee's money waits, although it is earned, because a bank took it from a sale."""

from typing import Final

# The account on which an entitlement's earned money stands, as
# `households.rules.attribution.account_of` says; wages have accounts of their own.
ACCOUNT_OF_PART: Final = """
    CASE part.party_kind
        WHEN 'household' THEN CASE WHEN contract.model_code IN ('WAGE', 'RELIEFWORK')
            THEN 'L:wage:' ELSE 'L:payable:hh:' END
        WHEN 'cooperative' THEN 'L:payable:coop:'
        WHEN 'village' THEN 'L:payable:village:'
        WHEN 'logistics' THEN 'L:payable:logistics:'
    END || part.party_code
"""

# A part of a sale whose buyer's bank has taken money and not decided. Which lines it is about
# nobody knows before that, so all of the sale wait, whatever part of its price is disputed.
IS_DISPUTED: Final = """
    EXISTS (
        SELECT 1 FROM order_lines disputed_line
        JOIN seller_orders disputed_order ON disputed_order.number = disputed_line.order_number
        JOIN payments paid ON paid.group_number = disputed_order.group_number
            AND paid.state = 'succeeded'
        JOIN payment_disputes dispute ON dispute.payment_id = paid.id
            AND dispute.state IN ('withdrawn', 'under_review')
            AND dispute.withdrawn_at IS NOT NULL
        WHERE disputed_line.id = part.order_line_id
    )
"""

DISPUTED: Final = f"""
    SELECT account.id AS account_id,
        sum(part.amount_minor - part.reversed_minor) AS minor,
        coalesce(sum(part.amount_minor - part.reversed_minor)
            FILTER (WHERE part.earned_at < :until), 0) AS minor_at_end
    FROM entitlements part
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    JOIN ledger_accounts account ON account.code = {ACCOUNT_OF_PART}
    WHERE part.stage = 'earned' AND part.settlement_line_id IS NULL AND {IS_DISPUTED}
    GROUP BY account.id
"""  # noqa: S608 -- both parts are constants of this file
