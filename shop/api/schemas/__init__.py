"""Shapes of what the interface takes and answers; unknown fields are refused."""
