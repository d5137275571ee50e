"""The tables of households, their contracts and entitlements; ddl.py adds the triggers."""

from households.models.allotments import (
    DOCUMENT_BYTES_MAX,
    Allotment,
    AllotmentDocument,
    AllotmentInput,
    AllotmentObjection,
    AllotmentWorking,
)
from households.models.contracts import (
    ContractAdvance,
    ContractVersion,
    LinkageContract,
)
from households.models.entitlements import (
    Entitlement,
    EntitlementReversal,
)
from households.models.looks import (
    IdentityLook,
    LookAlert,
)
from households.models.membership import MembershipMove
from households.models.procedures import (
    Procedure,
    ProcedureStep,
)
from households.models.receipts import (
    GoodsIssue,
    GoodsIssuePart,
    GoodsReceipt,
    PurchasedLot,
)
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
from households.models.watch import (
    CategoryTerm,
    HouseholdMeasure,
    HouseholdVisit,
    PriceWarning,
    PriceWarningHousehold,
    PriceWarningNote,
    RiskEvent,
    RiskEventContract,
    RiskEventVillage,
    VillageMeeting,
)

__all__ = [
    "DOCUMENT_BYTES_MAX",
    "HOUSEHOLD_ID",
    "REGION_CODE",
    "Allotment",
    "AllotmentDocument",
    "AllotmentInput",
    "AllotmentObjection",
    "AllotmentWorking",
    "CategoryTerm",
    "ContractAdvance",
    "ContractVersion",
    "CooperativeMembership",
    "Entitlement",
    "EntitlementReversal",
    "GoodsIssue",
    "GoodsIssuePart",
    "GoodsReceipt",
    "Household",
    "HouseholdBaseline",
    "HouseholdCategoryPeriod",
    "HouseholdIdentity",
    "HouseholdMeasure",
    "HouseholdVisit",
    "IdentityLook",
    "LinkageContract",
    "LookAlert",
    "MembershipMove",
    "MonitoringStatus",
    "PriceWarning",
    "PriceWarningHousehold",
    "PriceWarningNote",
    "Procedure",
    "ProcedureStep",
    "PurchasedLot",
    "RiskEvent",
    "RiskEventContract",
    "RiskEventVillage",
    "VillageMeeting",
]
