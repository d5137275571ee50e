"""Pages for the operator's staff: orders, money, deliveries of facts, invariants, partners."""
