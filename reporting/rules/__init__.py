"""Pure decisions about figures: how tables add up and what may be disclosed."""
