"""Tasks: take ids and primitives, open their own unit of work, call one thing, are safe to repeat."""
