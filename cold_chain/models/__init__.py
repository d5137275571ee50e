"""Mapped classes of the cold chain, one file per subject."""

from cold_chain.models.calibrations import Calibration
from cold_chain.models.cases import (
    CustodyLoss,
    ExcursionCase,
    ExcursionStep,
    GapCase,
    GapStep,
)
from cold_chain.models.devices import Device, DeviceBinding, DeviceChannel, IntakeNonce
from cold_chain.models.epcis import (
    EpcisCapture,
    EpcisClient,
    EpcisEvent,
    EpcisEventThing,
    EpcisPublished,
    EpcisQuery,
    EpcisSensorFigure,
    EpcisSubscription,
)
from cold_chain.models.evaluations import Evaluation
from cold_chain.models.gs1 import Gs1Key, Gs1Prefix
from cold_chain.models.intake import (
    ClockCorrection,
    ColumnTemplate,
    CorrectedBlock,
    IntakeFile,
    RetimedReading,
)
from cold_chain.models.keeping import (
    DaySeal,
    ReadingArchive,
    ReadingRollup,
    RollupMark,
    SigningKey,
)
from cold_chain.models.life import LifeModelRow, LifePointRow
from cold_chain.models.limits import LimitProfile, LimitRule
from cold_chain.models.readings import (
    ClockFault,
    DoorReading,
    RawBlock,
    Reading,
    ReadingConflict,
)
from cold_chain.models.shipments import CustodySegment, Parcel, Shipment, ShipmentStep
from cold_chain.models.sites import Site, Vehicle
from cold_chain.models.stores import StoreBooking, StoreZone

__all__ = [
    "Calibration",
    "ClockCorrection",
    "ClockFault",
    "ColumnTemplate",
    "CorrectedBlock",
    "CustodyLoss",
    "CustodySegment",
    "DaySeal",
    "Device",
    "DeviceBinding",
    "DeviceChannel",
    "DoorReading",
    "EpcisCapture",
    "EpcisClient",
    "EpcisEvent",
    "EpcisEventThing",
    "EpcisPublished",
    "EpcisQuery",
    "EpcisSensorFigure",
    "EpcisSubscription",
    "Evaluation",
    "ExcursionCase",
    "ExcursionStep",
    "GapCase",
    "GapStep",
    "Gs1Key",
    "Gs1Prefix",
    "IntakeFile",
    "IntakeNonce",
    "LifeModelRow",
    "LifePointRow",
    "LimitProfile",
    "LimitRule",
    "Parcel",
    "RawBlock",
    "Reading",
    "ReadingArchive",
    "ReadingConflict",
    "ReadingRollup",
    "RetimedReading",
    "RollupMark",
    "Shipment",
    "ShipmentStep",
    "SigningKey",
    "Site",
    "StoreBooking",
    "StoreZone",
    "Vehicle",
]
