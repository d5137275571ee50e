"""The schema's history: numbered scripts in versions/, run by `runner`."""
