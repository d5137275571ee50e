"""How the ledger is kept: its guards stand, keys are used once, and every fact was told."""

from reporting.invariants.form import Check

GUARDS = (
    ("account_balances", "account_balances_kept_by_entries"),
    ("account_balances", "account_balances_not_emptied"),
    ("ledger_accounts", "ledger_accounts_append_only"),
    ("ledger_accounts", "ledger_accounts_open_balances"),
    ("ledger_chain", "ledger_chain_append_only"),
    ("ledger_entries", "ledger_entries_1_check"),
    ("ledger_entries", "ledger_entries_2_reversals"),
    ("ledger_entries", "ledger_entries_3_balances"),
    ("ledger_entries", "ledger_entries_4_custody"),
    ("ledger_entries", "ledger_entries_append_only"),
    ("ledger_txs", "ledger_txs_append_only"),
    ("ledger_txs", "ledger_txs_have_entries"),
    ("ledger_txs", "ledger_txs_queue"),
)
"""Table and trigger of everything by which the database itself refuses a false ledger."""

_GUARDS = ", ".join(f"('{table}', '{trigger}')" for table, trigger in GUARDS)

CHECKS: tuple[Check, ...] = (
    Check(
        name="ledger-guards",
        about="every trigger that refuses a false ledger is in place and switched on",
        unit="triggers",
        statement=f"""
            SELECT count(*) AS checked, count(*) FILTER (WHERE found.oid IS NULL) AS broken
            FROM (VALUES {_GUARDS}) AS wanted (table_name, trigger_name)
            LEFT JOIN pg_trigger found ON found.tgname = wanted.trigger_name
                AND found.tgrelid = to_regclass(wanted.table_name)
                AND found.tgenabled IN ('O', 'A')
        """,  # noqa: S608 -- the names above
    ),
    Check(
        name="ledger-one-book",
        about="no transaction touches an account of the other book",
        unit="entries",
        statement="""
            SELECT count(*) AS checked,
                count(*) FILTER (WHERE account.book <> tx.book) AS broken
            FROM ledger_entries entry
            JOIN ledger_txs tx ON tx.id = entry.tx_id
            JOIN ledger_accounts account ON account.id = entry.account_id
        """,
        is_cheap=False,
    ),
    Check(
        name="posting-keys",
        about="each posting key stands once, with the hash of what was asked for",
        unit="transactions",
        statement="""
            SELECT count(*) AS checked, count(*) - count(DISTINCT posting_key)
                + count(*) FILTER (WHERE octet_length(request_hash) <> 32) AS broken
            FROM ledger_txs
        """,
        is_cheap=False,
    ),
    Check(
        name="ledger-clocks",
        about="nothing is booked more than a day before it happens",
        unit="transactions",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                effective_at > recorded_at + interval '1 day') AS broken
            FROM ledger_txs
        """,
        is_cheap=False,
    ),
    Check(
        name="custody-payments",
        about="what each provider holds by payments and refunds is what they came to",
        unit="sides of providers (wrong in fen)",
        statement="""
            SELECT count(*) AS checked,
                coalesce(sum(abs(coalesce(booked.minor, 0) - coalesce(known.minor, 0))), 0)
                    AS broken
            FROM (
                SELECT account.custodian AS provider, tx.kind <> 'refund_paid' AS is_in,
                    sum(entry.amount_minor) AS minor
                FROM ledger_accounts account
                JOIN ledger_entries entry ON entry.account_id = account.id
                JOIN ledger_txs tx ON tx.id = entry.tx_id
                WHERE account.custodian <> 'bank'
                    AND tx.kind IN ('payment_captured', 'late_capture', 'amount_mismatch',
                        'refund_paid')
                GROUP BY 1, 2
            ) AS booked
            FULL JOIN (
                SELECT provider, true AS is_in,
                    sum(coalesce(captured_minor, amount_minor)) AS minor
                FROM payments
                WHERE state IN ('succeeded', 'late', 'duplicate', 'mismatch')
                    AND provider NOT IN ('bank_transfer', 'terms', 'exchange')
                    AND coalesce(captured_currency, currency) = 'CNY'
                GROUP BY provider
                UNION ALL
                SELECT payment.provider, false, -sum(refund.amount_minor) FROM refunds refund
                JOIN payments payment ON payment.id = refund.payment_id
                LEFT JOIN refunds_by_hand hand ON hand.refund_id = refund.id
                WHERE refund.state = 'succeeded' AND hand.paid_at IS NULL
                    AND payment.provider NOT IN ('bank_transfer', 'terms', 'exchange')
                    AND coalesce(payment.captured_currency, payment.currency) = 'CNY'
                    -- What a bank took in a dispute did not go back through the provider.
                    AND NOT EXISTS (SELECT FROM payment_disputes dispute
                        WHERE dispute.payment_id = payment.id
                            AND dispute.reference = refund.provider_reference)
                GROUP BY payment.provider
            ) AS known USING (provider, is_in)
        """,
        is_cheap=False,
    ),
    Check(
        name="facts-in-step",
        about="each payment that was booked was told once, and none that was not",
        unit="payments",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(booked.times, 0) <> coalesce(told.times, 0)) AS broken
            FROM (
                SELECT source, kind, count(*) AS times FROM ledger_txs
                WHERE kind IN ('payment_captured', 'late_capture') GROUP BY source, kind
            ) AS booked
            FULL JOIN (
                SELECT 'group:' || (payload ->> 'group_number') AS source,
                    CASE fact WHEN 'OrderPaid' THEN 'payment_captured' ELSE 'late_capture' END
                        AS kind,
                    count(*) AS times
                FROM outbox WHERE fact IN ('OrderPaid', 'LateCaptureBooked')
                    AND NOT (fact = 'OrderPaid' AND EXISTS (SELECT FROM credit_sales sale
                        WHERE sale.group_number = payload ->> 'group_number'))
                GROUP BY 1, 2
            ) AS told USING (source, kind)
        """,
        is_cheap=False,
    ),
    Check(
        name="entitlements-quota",
        about="within a lot no household's part is a fen or more away from its exact quota",
        unit="household parts",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                abs(amount_minor::numeric * whole - pot * weight) >= whole) AS broken
            FROM (
                SELECT amount_minor, weight,
                    sum(amount_minor) OVER pot AS pot, sum(weight) OVER pot AS whole
                FROM entitlements
                WHERE party_kind = 'household' AND order_line_id IS NOT NULL
                WINDOW pot AS (PARTITION BY order_line_id, lot_id, contract_version_id)
            ) AS part WHERE whole > 0
        """,
        is_cheap=False,
    ),
)
