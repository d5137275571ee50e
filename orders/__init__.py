"""What was promised: baskets, order groups, seller orders and their lines.

Words: Basket, OrderGroup (one checkout, one payment), Order (one seller's part), OrderLine,
LotAllocation (which lots a line came from). This domain knows states and sums; stock lives
in catalog, money in payments and ledger, temperature in cold_chain.
"""
