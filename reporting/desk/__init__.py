"""What the operator's staff read: orders, payments, deliveries, accounts, acts, limits.

No row carries a household, a recipient or a private buyer's name.
"""
