"""Which region an official looks at; nothing outside of it is ever counted for them."""

from dataclasses import dataclass

from flask import request

from kernel.access import current_actor
from kernel.errors import ForbiddenError
from kernel.regions import RegionLevel, is_within
from parties.values import Role
from reporting.volumes import level_of


@dataclass(frozen=True, slots=True)
class Scope:
    """The region of a page, and the official's other regions to turn to."""

    code: str
    others: tuple[str, ...] = ()

    @property
    def level(self) -> RegionLevel:
        """Return whether this is a district, a township or a village."""
        return level_of(self.code)

    @property
    def is_district(self) -> bool:
        """Say whether goods of other districts concern this official too."""
        return self.level is RegionLevel.DISTRICT

    def ensure(self, place: str) -> None:
        """Raise `ForbiddenError` for a place outside the region."""
        if not is_within(place, self.code):
            raise ForbiddenError("region_not_yours", "this place is outside your region")

    def ensure_district(self) -> None:
        """Raise `ForbiddenError` unless the whole district is this official's region."""
        if not self.is_district:
            raise ForbiddenError("region_not_yours", "other districts are not your region")


def current_scope() -> Scope:
    """Return the region asked for in the address, else the official's widest.

    Raises `ForbiddenError` for a region the official was not given.
    """
    given = current_actor().region_codes(Role.OFFICIAL)
    asked = request.args.get("region", "")
    if asked and asked not in given:
        raise ForbiddenError("region_not_yours", "this region is not yours")
    code = asked or min(given, key=lambda code: (len(code), code))
    return Scope(code, tuple(sorted(given - {code})))
