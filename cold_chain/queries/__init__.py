"""Reads of the cold chain as frozen rows; the number of statements does not grow with rows."""

from cold_chain.queries.charts import Chart, ChartPoint, DoorPeriod, LimitLine, list_charts
from cold_chain.queries.devices import (
    DeviceRow,
    find_broken_chains,
    list_devices,
    list_free_devices,
)
from cold_chain.queries.epcis import (
    CaptureRow,
    EventRow,
    Viewer,
    find_capture,
    find_event,
    list_events,
    list_shipment_events,
)
from cold_chain.queries.invariants import Invariant, list_invariants
from cold_chain.queries.public import DispatchRow, PublicSiteRow, count_dispatch, list_sites
from cold_chain.queries.shipments import (
    BoxRow,
    ShipmentRow,
    VerdictRow,
    get_shipment,
    list_boxes,
    list_live_shipments,
    list_order_shipments,
)
from cold_chain.queries.timelines import (
    CustodyRow,
    StepRow,
    Timeline,
    list_timelines,
)

__all__ = [
    "BoxRow",
    "CaptureRow",
    "Chart",
    "ChartPoint",
    "CustodyRow",
    "DeviceRow",
    "DispatchRow",
    "DoorPeriod",
    "EventRow",
    "Invariant",
    "LimitLine",
    "PublicSiteRow",
    "ShipmentRow",
    "StepRow",
    "Timeline",
    "VerdictRow",
    "Viewer",
    "count_dispatch",
    "find_broken_chains",
    "find_capture",
    "find_event",
    "get_shipment",
    "list_boxes",
    "list_charts",
    "list_devices",
    "list_events",
    "list_free_devices",
    "list_invariants",
    "list_live_shipments",
    "list_order_shipments",
    "list_shipment_events",
    "list_sites",
    "list_timelines",
]
