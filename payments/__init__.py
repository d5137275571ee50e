"""How money moves: payments, refunds and the gateways that carry them.

Words: Payment (one attempt of a buyer), Capture (the provider says it succeeded), Refund,
Gateway. This domain does not know why money is owed; the ledger remembers where it stands.
"""
