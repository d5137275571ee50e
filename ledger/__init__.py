"""Where money stands: two books of balanced, append-only transactions.

Words: *book* (money, trace), *account* (a code of the chart), *entry* (one signed amount on
one account; debit positive, credit negative), *transaction* (entries that sum to zero),
*posting key* (what makes a command safe to repeat). The ledger knows nothing of orders,
households or payments: it is handed codes, amounts and keys.
"""
