"""Which state of a shipment may follow which, and how silent a device may be."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cold_chain.errors import ShipmentStateError
from cold_chain.values import DeviceHealth, DeviceState, ShipmentState

S = ShipmentState

TRANSITIONS: Mapping[ShipmentState, frozenset[ShipmentState]] = {
    S.DRAFT: frozenset({S.READY, S.CANCELLED}),
    S.READY: frozenset({S.LOADED, S.CANCELLED}),
    S.LOADED: frozenset({S.IN_TRANSIT}),
    S.IN_TRANSIT: frozenset({S.AT_STOP, S.ARRIVED}),
    S.AT_STOP: frozenset({S.IN_TRANSIT}),
    S.ARRIVED: frozenset({S.INSPECTED}),
    S.INSPECTED: frozenset({S.ACCEPTED, S.ACCEPTED_WITH_CLAIM, S.REJECTED}),
    S.ACCEPTED: frozenset({S.CLOSED}),
    S.ACCEPTED_WITH_CLAIM: frozenset({S.CLOSED}),
    S.REJECTED: frozenset({S.CLOSED, S.RETURNING}),
    S.RETURNING: frozenset({S.RETURNED, S.DESTROYED}),
    S.RETURNED: frozenset(),
    S.DESTROYED: frozenset(),
    S.CLOSED: frozenset(),
    S.CANCELLED: frozenset(),
}
"""The spec's table. Goods are cancelled before loading only; a rejected load is either closed
on the spot or travels back."""

LIVE = frozenset({S.LOADED, S.IN_TRANSIT, S.AT_STOP, S.ARRIVED})
"""States in which somebody watches the temperature."""

ACTIVE_WITHIN = timedelta(minutes=15)
ABNORMAL_WITHIN = timedelta(minutes=20)
OFFLINE_WITHIN = timedelta(hours=48)


def check_transition(shipment_id: int, before: ShipmentState, after: ShipmentState) -> None:
    """Raise `ShipmentStateError` unless `after` may follow `before`."""
    if after not in TRANSITIONS[before]:
        raise ShipmentStateError(shipment_id, before.value, after.value)


def device_health(
    state: DeviceState, last_seen_at: datetime | None, *, at: datetime
) -> DeviceHealth:
    """Say how a device feels from how long it has been silent."""
    if state is DeviceState.RETIRED:
        return DeviceHealth.RETIRED
    if last_seen_at is None:
        return DeviceHealth.REGISTERED
    silence = at - last_seen_at
    for within, health in (
        (ACTIVE_WITHIN, DeviceHealth.ACTIVE),
        (ABNORMAL_WITHIN, DeviceHealth.ABNORMAL),
        (OFFLINE_WITHIN, DeviceHealth.OFFLINE),
    ):
        if silence <= within:
            return health
    return DeviceHealth.SERVICE
