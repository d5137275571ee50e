"""The workplace of sellers: listings, lots, orders to ship, statement."""
