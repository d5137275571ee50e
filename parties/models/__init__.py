"""The tables of people and organisations, and of what people decide about their own data."""

from parties.models.people import Channel, Membership, Organisation, Person
from parties.models.rights import Consent, Reauthentication, SubjectRequest

__all__ = [
    "Channel",
    "Consent",
    "Membership",
    "Organisation",
    "Person",
    "Reauthentication",
    "SubjectRequest",
]
