"""Tasks: take primitives, open their own unit of work, call one thing, may be repeated."""
