"""The tables of households, their contracts and entitlements; ddl.py adds the triggers."""

from households.models.contracts import ContractVersion, LinkageContract
from households.models.entitlements import Entitlement, EntitlementReversal
from households.models.register import (
    HOUSEHOLD_ID,
    REGION_CODE,
    CooperativeMembership,
    Household,
    HouseholdBaseline,
    HouseholdCategoryPeriod,
    HouseholdIdentity,
    MonitoringStatus,
)

__all__ = [
    "HOUSEHOLD_ID",
    "REGION_CODE",
    "ContractVersion",
    "CooperativeMembership",
    "Entitlement",
    "EntitlementReversal",
    "Household",
    "HouseholdBaseline",
    "HouseholdCategoryPeriod",
    "HouseholdIdentity",
    "LinkageContract",
    "MonitoringStatus",
]
