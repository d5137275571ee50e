"""Refusals of stores, and of reports that are handed out."""

from kernel.errors import ConflictError, InvalidError, NotFoundError


class ZoneNotFoundError(NotFoundError):
    """There is no such zone, or others may not book it."""

    def __init__(self, code: str) -> None:
        """Name the zone."""
        super().__init__("store_zone_not_found", f"no zone {code} to book", code=code)


class ZoneFullError(ConflictError):
    """At some moment of the term less is free than is wanted."""

    def __init__(self, free_l: int) -> None:
        """Say how much is free throughout, litres."""
        super().__init__(
            "store_zone_full", f"{free_l} litres are free", free_m3=f"{free_l / 1000:g}"
        )


class BookingPeriodError(InvalidError):
    """A term that ends before it begins, or is over."""

    def __init__(self) -> None:
        """Say what is wrong."""
        super().__init__("store_booking_period", "a booking ends after it begins and after now")


class BookingVolumeError(InvalidError):
    """A volume that is none."""

    def __init__(self) -> None:
        """Say what is wrong."""
        super().__init__("store_booking_volume", "a volume is above zero")


class BookingWordsError(InvalidError):
    """Nothing said of the goods."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__("store_booking_goods", "say what is to be stored")


class BookingNotFoundError(NotFoundError):
    """There is no such booking of the organisation."""

    def __init__(self, booking_id: int) -> None:
        """Name the booking."""
        super().__init__("store_booking_not_found", f"no booking {booking_id}")


class ReportNotReadyError(ConflictError):
    """There is no report of the journey yet, or a newer one is due."""

    def __init__(self) -> None:
        """Say that it is about to be made."""
        super().__init__("report_not_ready", "the report is being made; ask again in a minute")
