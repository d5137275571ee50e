"""What can be sold: products, SKUs, certificates and the lots they come from.

Words: Product (the description), SKU (the sellable unit with its price), Lot (one harvest of
one SKU), Contribution (what one household put into a lot), Reservation (a held quantity),
Certificate. Stock leaves first-expired-first-out. This domain does not know orders or money.
"""
