"""Ratios measured side by side in one run; one module each."""
