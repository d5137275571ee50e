"""Where a version of a contract stands on a day."""

from datetime import date, datetime

from households.values import VersionState


def state_of(
    effective_from: date, effective_to: date | None, activated_at: datetime | None, *, on: date
) -> VersionState:
    """Return whether a version is a draft, lies ahead, holds, or is over."""
    if activated_at is None:
        return VersionState.DRAFT
    if effective_to is not None and effective_to < on:
        return VersionState.ENDED
    return VersionState.UPCOMING if effective_from > on else VersionState.IN_FORCE
