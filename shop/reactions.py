"""What happens after each fact: fact → tasks, by name. The relay in shop/tasks/outbox.py asks.

A fact without consequences has an empty row, so that nobody has to wonder. Each task takes the
outbox row's number and the fact's payload, and may be delivered more than once.
"""

from collections.abc import Mapping, Sequence

REACTIONS: Mapping[str, Sequence[str]] = {}
