"""Reads about people and organisations, and about what people decided of their data."""

from parties.queries.people import (
    find_logins,
    find_reauthentication,
    find_signed_in,
    get_organisation,
    list_channels,
    list_household_accounts,
    list_names,
    list_organisations,
    list_staff,
    list_village_collectives,
)
from parties.queries.rights import (
    RequestRow,
    count_overdue,
    get_request,
    list_consenting,
    list_consents,
    list_granted,
    list_own_requests,
    list_requests,
)

__all__ = [
    "RequestRow",
    "count_overdue",
    "find_logins",
    "find_reauthentication",
    "find_signed_in",
    "get_organisation",
    "get_request",
    "list_channels",
    "list_consenting",
    "list_consents",
    "list_granted",
    "list_household_accounts",
    "list_names",
    "list_organisations",
    "list_own_requests",
    "list_requests",
    "list_staff",
    "list_village_collectives",
]
