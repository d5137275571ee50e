"""Triggers that let the database itself refuse a false ledger.

`STATEMENTS` runs once, after the tables exist, `BALANCE_STATEMENTS` later, over what the first
release wrote. What they hold:

* transactions, entries, accounts and the chain can be added and never changed or removed;
* the entries of a transaction are written by one statement, sum to zero and stay in one book,
  and a transaction without entries cannot commit;
* what is taken back of a transaction never exceeds it, account by account;
* the balance of a guarded account follows from its entries and never passes zero; its row is
  there from the moment the account is made, so there is always something to lock;
* only a sweep moves the money of one custodian to another.
"""

APPEND_ONLY = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
        CONSTRAINT = 'ledger_append_only',
        MESSAGE = 'ledger: ' || TG_OP || ' on ' || TG_TABLE_NAME
            || ' is refused, book a new transaction instead';
END $$
"""

GUARD_TABLE = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
"""

GUARD_BALANCES = """
CREATE TRIGGER account_balances_kept_by_entries
    BEFORE INSERT OR UPDATE OR DELETE ON account_balances
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuse_change()
"""

GUARD_BALANCES_TRUNCATE = """
CREATE TRIGGER account_balances_not_emptied BEFORE TRUNCATE ON account_balances
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
"""

# A second statement for the same transaction would have to start at seq 1 again and meets the
# primary key, so looking at the new rows alone is enough and costs no second read.
CHECK_ENTRIES = """
CREATE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad bigint;
BEGIN
    SELECT tx_id INTO bad FROM new_entries GROUP BY tx_id
    HAVING sum(amount_minor) <> 0 OR min(seq) <> 1 OR max(seq) <> count(*) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_entries_sum_to_zero',
            MESSAGE = 'ledger: the entries of transaction ' || bad || ' do not sum to zero';
    END IF;
    SELECT entry.tx_id INTO bad
    FROM new_entries entry
    JOIN ledger_txs tx ON tx.id = entry.tx_id
    JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE account.book <> tx.book LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_entries_one_book',
            MESSAGE = 'ledger: transaction ' || bad || ' touches an account of another book';
    END IF;
    RETURN NULL;
END $$
"""

CHECK_ENTRIES_TRIGGER = """
CREATE TRIGGER ledger_entries_1_check AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_entries()
"""

# The originals are locked first, so that two partial reversals cannot both overlook the other.
CHECK_REVERSALS = """
CREATE FUNCTION ledger_check_reversals() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    originals bigint[];
    bad bigint;
BEGIN
    SELECT array_agg(DISTINCT tx.reverses_tx_id) INTO originals
    FROM new_entries entry JOIN ledger_txs tx ON tx.id = entry.tx_id
    WHERE tx.reverses_tx_id IS NOT NULL;
    IF originals IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM ledger_txs WHERE id = ANY (originals) ORDER BY id FOR NO KEY UPDATE;
    SELECT original.tx_id INTO bad
    FROM (
        SELECT tx_id, account_id, sum(amount_minor) AS minor
        FROM ledger_entries WHERE tx_id = ANY (originals) GROUP BY tx_id, account_id
    ) original
    JOIN (
        SELECT tx.reverses_tx_id AS tx_id, entry.account_id, sum(entry.amount_minor) AS minor
        FROM ledger_txs tx JOIN ledger_entries entry ON entry.tx_id = tx.id
        WHERE tx.reverses_tx_id = ANY (originals)
        GROUP BY tx.reverses_tx_id, entry.account_id
    ) taken USING (tx_id, account_id)
    WHERE (original.minor + taken.minor) * sign(original.minor)
        NOT BETWEEN 0 AND abs(original.minor)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_reversal_within_original',
            MESSAGE = 'ledger: more is taken back of transaction ' || bad || ' than it booked';
    END IF;
    RETURN NULL;
END $$
"""

CHECK_REVERSALS_TRIGGER = """
CREATE TRIGGER ledger_entries_2_reversals AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_reversals()
"""

# Lock order: balance rows by ascending account. The zero row comes first, because an account
# without a row could not be locked. Accounts that many transactions share are not guarded and
# have no row, so nobody waits for them.
KEEP_BALANCES = """
CREATE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    SELECT array_agg(DISTINCT account.id ORDER BY account.id) INTO touched
    FROM new_entries entry JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE account.guarded;
    IF touched IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO account_balances (account_id, normal, balance_minor, version)
    SELECT id, normal, 0, 0 FROM ledger_accounts WHERE id = ANY (touched) ORDER BY id
    ON CONFLICT (account_id) DO NOTHING;
    PERFORM 1 FROM account_balances WHERE account_id = ANY (touched)
    ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE account_balances balance
    SET balance_minor = balance.balance_minor + moved.minor,
        version = balance.version + moved.entries,
        last_tx_id = moved.last[1],
        last_seq = moved.last[2]
    FROM (
        SELECT account_id, sum(amount_minor) AS minor, count(*) AS entries,
            max(ARRAY[tx_id, seq]) AS last
        FROM new_entries WHERE account_id = ANY (touched) GROUP BY account_id
    ) moved
    WHERE balance.account_id = moved.account_id;
    RETURN NULL;
END $$
"""

KEEP_BALANCES_TRIGGER = """
CREATE TRIGGER ledger_entries_3_balances AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_balances()
"""

REQUIRE_ENTRIES = """
CREATE FUNCTION ledger_require_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_entries WHERE tx_id = NEW.id AND seq = 1) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_txs_have_entries',
            MESSAGE = 'ledger: transaction ' || NEW.id || ' has no entries';
    END IF;
    RETURN NULL;
END $$
"""

REQUIRE_ENTRIES_TRIGGER = """
CREATE CONSTRAINT TRIGGER ledger_txs_have_entries AFTER INSERT ON ledger_txs
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_require_entries()
"""

QUEUE_FOR_SEALING = """
CREATE FUNCTION ledger_queue_for_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_unsealed (tx_id) SELECT id FROM new_txs ORDER BY id;
    RETURN NULL;
END $$
"""

QUEUE_FOR_SEALING_TRIGGER = """
CREATE TRIGGER ledger_txs_queue AFTER INSERT ON ledger_txs
    REFERENCING NEW TABLE AS new_txs
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_queue_for_sealing()
"""

STATEMENTS: tuple[str, ...] = (
    APPEND_ONLY,
    *(
        GUARD_TABLE.format(table=table)
        for table in ("ledger_accounts", "ledger_txs", "ledger_entries", "ledger_chain")
    ),
    GUARD_BALANCES,
    GUARD_BALANCES_TRUNCATE,
    CHECK_ENTRIES,
    CHECK_ENTRIES_TRIGGER,
    CHECK_REVERSALS,
    CHECK_REVERSALS_TRIGGER,
    KEEP_BALANCES,
    KEEP_BALANCES_TRIGGER,
    REQUIRE_ENTRIES,
    REQUIRE_ENTRIES_TRIGGER,
    QUEUE_FOR_SEALING,
    QUEUE_FOR_SEALING_TRIGGER,
)

DROP_STATEMENTS: tuple[str, ...] = tuple(
    f"DROP FUNCTION IF EXISTS {function}() CASCADE"
    for function in (
        "ledger_refuse_change",
        "ledger_check_entries",
        "ledger_check_reversals",
        "ledger_keep_balances",
        "ledger_require_entries",
        "ledger_queue_for_sealing",
    )
)
"""What a downgrade runs before it drops the tables."""

# The row of a guarded account is born with it. Otherwise the first debit and the first credit
# of an account would each find nothing to lock.
OPEN_BALANCES = """
CREATE FUNCTION ledger_open_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_balances (account_id, normal, balance_minor, version)
    SELECT id, normal, 0, 0 FROM new_accounts WHERE guarded ORDER BY id;
    RETURN NULL;
END $$
"""

OPEN_BALANCES_TRIGGER = """
CREATE TRIGGER ledger_accounts_open_balances AFTER INSERT ON ledger_accounts
    REFERENCING NEW TABLE AS new_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_open_balances()
"""

# Lock order: balance rows by ascending account. Accounts that many transactions share are not
# guarded and have no row, so nobody waits for them.
KEEP_OPENED_BALANCES = """
CREATE OR REPLACE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
    moved_rows bigint;
BEGIN
    SELECT array_agg(DISTINCT account.id) INTO touched
    FROM new_entries entry JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE account.guarded;
    IF touched IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM account_balances WHERE account_id = ANY (touched)
    ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE account_balances balance
    SET balance_minor = balance.balance_minor + moved.minor,
        version = balance.version + moved.entries,
        last_tx_id = moved.last[1],
        last_seq = moved.last[2]
    FROM (
        SELECT account_id, sum(amount_minor) AS minor, count(*) AS entries,
            max(ARRAY[tx_id, seq]) AS last
        FROM new_entries WHERE account_id = ANY (touched) GROUP BY account_id
    ) moved
    WHERE balance.account_id = moved.account_id;
    GET DIAGNOSTICS moved_rows = ROW_COUNT;
    IF moved_rows <> cardinality(touched) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_balances_are_there',
            MESSAGE = 'ledger: a guarded account has no balance row';
    END IF;
    RETURN NULL;
END $$
"""

CHECK_CUSTODY = """
CREATE FUNCTION ledger_check_custody() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad bigint;
BEGIN
    SELECT entry.tx_id INTO bad
    FROM new_entries entry
    JOIN ledger_accounts account ON account.id = entry.account_id
        AND account.custodian IS NOT NULL
    JOIN ledger_txs tx ON tx.id = entry.tx_id
        AND tx.kind NOT IN ('custodian_sweep', 'payout_confirmed')
    GROUP BY entry.tx_id HAVING count(DISTINCT account.custodian) > 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_one_custodian',
            MESSAGE = 'ledger: transaction ' || bad || ' joins the money of two custodians';
    END IF;
    RETURN NULL;
END $$
"""

CHECK_CUSTODY_TRIGGER = """
CREATE TRIGGER ledger_entries_4_custody AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_custody()
"""

BALANCE_STATEMENTS: tuple[str, ...] = (
    OPEN_BALANCES,
    OPEN_BALANCES_TRIGGER,
    KEEP_OPENED_BALANCES,
    CHECK_CUSTODY,
    CHECK_CUSTODY_TRIGGER,
)
"""What migration 0007 adds."""

DROP_BALANCE_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION ledger_open_balances() CASCADE",
    "DROP FUNCTION ledger_check_custody() CASCADE",
    KEEP_BALANCES.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
)
