"""Refusals of the cold chain."""

from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class ShipmentNotFoundError(NotFoundError):
    """No such shipment."""

    def __init__(self, shipment_id: int) -> None:
        """Name the shipment."""
        super().__init__(
            "shipment_not_found", f"no shipment {shipment_id}", shipment_id=shipment_id
        )


class DeviceNotFoundError(NotFoundError):
    """No such device."""

    def __init__(self, code: str) -> None:
        """Name the device."""
        super().__init__("device_not_found", f"no device {code}", device_code=code)


class ProfileNotFoundError(NotFoundError):
    """No limit profile of that name is in force."""

    def __init__(self, code: str) -> None:
        """Name the profile."""
        super().__init__(
            "limit_profile_not_found", f"no limit profile {code}", profile_code=code
        )


class ShipmentStateError(ConflictError):
    """The shipment's present state forbids the step."""

    def __init__(self, shipment_id: int, before: str, after: str) -> None:
        """Name the shipment, where it stands and where it was to go."""
        super().__init__(
            "shipment_state_forbids",
            f"shipment {shipment_id} is {before} and cannot become {after}",
            shipment_id=shipment_id,
            before=before,
            after=after,
        )


class ShipmentReplannedError(ConflictError):
    """The order's parcel group is already planned with other content."""

    def __init__(self, order_number: str, parcel_group: int) -> None:
        """Name the order and the group."""
        super().__init__(
            "shipment_planned_differently",
            f"parcel group {parcel_group} of {order_number} is planned differently",
            order_number=order_number,
            parcel_group=parcel_group,
        )


class PrecoolError(ConflictError):
    """The box is too warm for these goods and nobody took the responsibility."""

    def __init__(self, shipment_id: int, limit_centi: int) -> None:
        """Name the shipment and the limit in hundredths of °C."""
        super().__init__(
            "precool_missing",
            "the box is too warm to load; record a reason to load all the same",
            shipment_id=shipment_id,
            limit_centi=limit_centi,
        )


class InspectionError(ConflictError):
    """The verdict does not allow this acceptance."""


class CustodyError(ConflictError):
    """The hand-over does not follow the custody so far."""


class ReadingError(InvalidError):
    """A sample or a block of samples cannot be read."""


class IntakeForbiddenError(ForbiddenError):
    """The upload is not proven to come from the device."""
