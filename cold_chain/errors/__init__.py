"""Refusals of the cold chain."""

from cold_chain.errors.following import (
    CalibrationError,
    CalibrationIncompleteError,
    CalibrationKnownError,
    CalibrationPeriodError,
    CaseError,
    CaseNotFoundError,
    CaseStateError,
    CauseMissingError,
    LimitsDateError,
    LimitsError,
    LimitsSourceMissingError,
    LimitsUnchangedError,
    ReasonMissingError,
    RuleUnknownError,
)
from cold_chain.errors.handing_out import (
    BookingNotFoundError,
    BookingPeriodError,
    BookingVolumeError,
    BookingWordsError,
    ReportNotReadyError,
    ZoneFullError,
    ZoneNotFoundError,
)
from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError

__all__ = [
    "BookingNotFoundError",
    "BookingPeriodError",
    "BookingVolumeError",
    "BookingWordsError",
    "CalibrationError",
    "CalibrationIncompleteError",
    "CalibrationKnownError",
    "CalibrationPeriodError",
    "CaseError",
    "CaseNotFoundError",
    "CaseStateError",
    "CauseMissingError",
    "ChannelKindError",
    "ChannelUnknownError",
    "ClaimNeededError",
    "CoreTooWarmError",
    "CustodyError",
    "CustodyJustBeganError",
    "DecisionUnknownError",
    "DeviceNotFoundError",
    "DeviceUnknownError",
    "InspectionError",
    "IntakeForbiddenError",
    "LimitsDateError",
    "LimitsError",
    "LimitsSourceMissingError",
    "LimitsUnchangedError",
    "LoggerMissingError",
    "MomentGoesBackError",
    "NonceInvalidError",
    "NonceReplayedError",
    "NotOnTheWayError",
    "OneSignatureError",
    "PrecoolError",
    "ProfileNotFoundError",
    "ReadingError",
    "ReasonMissingError",
    "ReportNotReadyError",
    "RuleUnknownError",
    "SecondPersonNeededError",
    "ShipmentNotFoundError",
    "ShipmentReplannedError",
    "ShipmentStateError",
    "SignatureStaleError",
    "SignatureWrongError",
    "TwoValuesError",
    "VerdictMissingError",
    "ZoneFullError",
    "ZoneNotFoundError",
]


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


class CustodyError(ConflictError):
    """A step does not follow the journey so far."""


class LoggerMissingError(CustodyError):
    """Goods with limits were to leave without a logger."""

    def __init__(self, shipment_id: int) -> None:
        """Name the shipment."""
        super().__init__(
            "logger_missing",
            "goods with temperature limits do not leave without a logger",
            shipment_id=shipment_id,
        )


class NotOnTheWayError(CustodyError):
    """Custody was to pass on of goods that are not travelling."""

    def __init__(self, shipment_id: int) -> None:
        """Name the shipment."""
        super().__init__(
            "not_on_the_way",
            "custody passes on while goods are on the way",
            shipment_id=shipment_id,
        )


class OneSignatureError(CustodyError):
    """Giver and taker of custody are the same person."""

    def __init__(self, shipment_id: int) -> None:
        """Name the shipment."""
        super().__init__(
            "one_signature",
            "a hand-over needs two different signatures",
            shipment_id=shipment_id,
        )


class CoreTooWarmError(CustodyError):
    """The goods themselves are warmer than may be taken over."""

    def __init__(self, core_centi: int, limit_centi: int) -> None:
        """Name the measured core and its limit in hundredths of °C."""
        super().__init__(
            "core_too_warm",
            "the goods are too warm to be taken over",
            core_centi=core_centi,
            limit_centi=limit_centi,
        )


class CustodyJustBeganError(CustodyError):
    """Custody was to end at or before the moment it began."""

    def __init__(self, shipment_id: int) -> None:
        """Name the shipment."""
        super().__init__(
            "custody_just_began",
            "custody cannot end at or before the moment it began",
            shipment_id=shipment_id,
        )


class MomentGoesBackError(CustodyError):
    """A step lies before one that was already made."""

    def __init__(self, shipment_id: int) -> None:
        """Name the shipment."""
        super().__init__(
            "moment_goes_back",
            f"shipment {shipment_id} was already further on its way at this moment",
            shipment_id=shipment_id,
        )


class InspectionError(ConflictError):
    """The verdict does not allow this decision."""


class DecisionUnknownError(InspectionError):
    """What was decided is neither acceptance nor rejection."""

    def __init__(self, decision: str) -> None:
        """Name the decision."""
        super().__init__(
            "decision_unknown", f"{decision} is no decision on a delivery", decision=decision
        )


class VerdictMissingError(InspectionError):
    """Goods with limits were to be accepted before their record was judged."""

    def __init__(self, shipment_id: int) -> None:
        """Name the shipment."""
        super().__init__(
            "verdict_missing",
            "the temperature record is not judged yet",
            shipment_id=shipment_id,
        )


class ClaimNeededError(InspectionError):
    """The cold chain broke and the goods were to be accepted as if it had not."""

    def __init__(self) -> None:
        """Say what can be done."""
        super().__init__("claim_needed", "the cold chain broke: accept with claim or reject")


class SecondPersonNeededError(InspectionError):
    """The record has holes and only one person decided."""

    def __init__(self) -> None:
        """Say what can be done."""
        super().__init__(
            "second_person_needed", "the record has holes: a second person must agree"
        )


class ReadingError(InvalidError):
    """A sample or a block of samples cannot be placed."""


class TwoValuesError(ReadingError):
    """Two values stand at one moment and nobody has chosen."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "two_values_at_a_moment", "two values at one moment; one must be chosen first"
        )


class DeviceUnknownError(ReadingError):
    """The device of an upload is not registered."""

    def __init__(self, device_code: str) -> None:
        """Name the device."""
        super().__init__("device_unknown", f"no device {device_code}", device_code=device_code)


class ChannelUnknownError(ReadingError):
    """The device has no such channel."""

    def __init__(self, device_code: str, channel_code: str) -> None:
        """Name the device and the channel."""
        super().__init__(
            "channel_unknown",
            f"device {device_code} has no channel {channel_code}",
            device_code=device_code,
            channel_code=channel_code,
        )


class ChannelKindError(ReadingError):
    """The channel senses something else."""

    def __init__(self, channel_code: str, kind: str) -> None:
        """Name the channel and what it was taken for."""
        super().__init__(
            "channel_kind_wrong",
            f"channel {channel_code} is no {kind} channel",
            channel_code=channel_code,
            kind=kind,
        )


class IntakeForbiddenError(ForbiddenError):
    """The upload is not proven to come from the device."""


class NonceInvalidError(IntakeForbiddenError):
    """The nonce is too short, too long or unprintable."""

    def __init__(self) -> None:
        """Say what a nonce is."""
        super().__init__("nonce_invalid", "a nonce has 8 to 64 printable letters")


class NonceReplayedError(IntakeForbiddenError):
    """The nonce was used before."""

    def __init__(self) -> None:
        """Say what happened."""
        super().__init__("nonce_replayed", "this request was received before")


class SignatureWrongError(IntakeForbiddenError):
    """The signature does not fit; unknown and revoked devices are told the same."""

    def __init__(self) -> None:
        """Tell no more than needed."""
        super().__init__("signature_wrong", "the signature does not fit the body")


class SignatureStaleError(IntakeForbiddenError):
    """The signature was made too long ago or in the future."""

    def __init__(self) -> None:
        """Say what is wrong."""
        super().__init__("signature_stale", "the signature is too old or too new")
