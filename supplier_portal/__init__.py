"""The cooperative's own desk: products, lots, orders to ship, statements; knows no other face."""
