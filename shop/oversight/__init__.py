"""Pages for officials: what was bought from their region, and whom it reached."""
