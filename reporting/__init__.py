"""What is counted: official figures and dashboards, derived from orders and postings.

Reads everything beneath it and writes only its own snapshots. Words: volume (purchase volume
net of refunds), channel, origin, month (of Asia/Shanghai), definition.
"""
