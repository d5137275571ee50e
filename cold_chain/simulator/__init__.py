"""Seeded series of loggers, truck probes and fraud, for sample data, tests and experiments."""

from cold_chain.simulator.fraud import Companions, cool_box, ride_along
from cold_chain.simulator.trips import (
    Flaw,
    Series,
    Trip,
    an_upload,
    as_uploads,
    disorder,
    set_point,
    simulate,
)

__all__ = [
    "Companions",
    "Flaw",
    "Series",
    "Trip",
    "an_upload",
    "as_uploads",
    "cool_box",
    "disorder",
    "ride_along",
    "set_point",
    "simulate",
]
