"""Words of the intake: formats, states of files and of clock corrections."""

from enum import StrEnum


class IntakeFormat(StrEnum):
    """What the bytes of a device or of a file are written in."""

    SENML = "senml"
    THINGSBOARD = "thingsboard"
    JT808 = "jt808"
    TABLE = "table"
    """CSV, text or a workbook, read by a column template."""


class FileState(StrEnum):
    """Where a file that was handed in stands."""

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"


class ClockErrorKind(StrEnum):
    """What went wrong with a device's clock."""

    ZONE = "zone"
    """Off by whole hours: local time was sent for UTC, or the other way round."""
    LOST = "lost"
    """It began anew, as at 1970 or 2000, after its battery was empty."""
    ROLLOVER = "rollover"
    """The week counter of satellites ran over: 1,024 weeks back."""
    DRIFT = "drift"
    """It goes too fast or too slow."""
    STEP = "step"
    """Off by some other amount."""


class CorrectionState(StrEnum):
    """Where a correction of a clock stands; see docs/states.md."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
