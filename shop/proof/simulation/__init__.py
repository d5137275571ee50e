"""A market in small: seeded plans of deliveries, refunds and settlements, and their judges."""
