"""Who produces, under which contract, and which part of each paid line is theirs.

Words: *household* (an opaque number), *identity* (the sealed name, phone, id number, bank
account), *linkage contract* (利益联结) with dated versions, *entitlement* (the part of one
lot in one order line that belongs to one party: expected when paid, earned when delivered,
reversed when refunded). The domain knows neither orders nor lots nor books: workflows hand it
numbers and carry its answers to the ledger.
"""
