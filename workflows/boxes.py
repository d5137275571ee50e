"""What of an order travels together: one box for each temperature."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orders.rules.shipping import travel_of
from orders.values import LineHead


@dataclass(frozen=True, slots=True)
class Box:
    """Lines of one seller order that travel at the same temperature."""

    position: int
    storage_class: str
    profile_code: str | None
    """Limits, where the default of the storage class will not do."""
    lines: Sequence[LineHead]

    @property
    def code(self) -> str:
        """Return the code of the parcel."""
        return f"{self.lines[0].order_number}-{self.position}"


def pack(lines: Sequence[LineHead]) -> Iterator[Box]:
    """Split every seller order by what must travel at the same temperature."""
    orders: dict[str, dict[tuple[str, str], list[LineHead]]] = {}
    for line in lines:
        if line.net_weight_g > 0:
            travel = travel_of(
                line.storage_code, line.limit_profile, needs_cold_chain=line.needs_cold_chain
            )
            orders.setdefault(line.order_number, {}).setdefault(travel, []).append(line)
    for by_travel in orders.values():
        for position, (travel, members) in enumerate(sorted(by_travel.items()), start=1):
            yield Box(position, travel[0], travel[1] or None, members)
