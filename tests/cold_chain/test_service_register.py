"""The register of sites, vehicles and devices."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.errors import DeviceNotFoundError
from cold_chain.models import Device, DeviceChannel, Site, Vehicle
from cold_chain.values import DeviceState, NewSite, NewVehicle, SiteKind
from tests.builders.cold_chain import NOON, SELLER, a_device
from tests.builders.places import TOWNSHIP, a_place, a_seller


def test_sites_and_vehicles_are_entered_once(session: Session) -> None:
    a_seller(session, SELLER)
    site = NewSite(
        code="BASE-1",
        name="中部片冷链基地",
        name_en="Central cold-chain base",
        kind=SiteKind.BASE,
        organisation_code=SELLER,
        region_code=a_place(session, TOWNSHIP),
        cold_chain_area="中部片",
    )
    vehicle = NewVehicle(code="渝G00001", organisation_code=SELLER)

    for _ in range(2):
        service.register_sites(session, site)
        service.register_vehicles(session, vehicle)
    service.register_sites(session)
    service.register_vehicles(session)
    service.register_devices(session)

    assert session.scalars(select(Site.name)).all() == ["中部片冷链基地"]
    assert session.scalars(select(Vehicle.code)).all() == ["渝G00001"]


def test_registering_a_device_twice_keeps_the_first(session: Session) -> None:
    a_device(session, "LOG-1", every_s=300)
    a_device(session, "LOG-1", every_s=60)

    intervals = session.scalars(select(DeviceChannel.sampling_interval_s)).all()
    assert intervals == [300, 300]


def test_a_secret_is_sealed_in_the_database(session: Session) -> None:
    a_device(session)

    stored = session.scalar(text("SELECT hmac_secret FROM devices"))

    assert b"thirty-two" not in bytes(stored)


def test_a_retired_device_is_revoked_too_and_keeps_its_first_moment(session: Session) -> None:
    a_device(session)
    service.revoke_device(session, "LOG-1", at=NOON)

    service.retire_device(session, "LOG-1", at=NOON.replace(hour=9))

    device = session.execute(select(Device)).scalar_one()
    assert (device.state, device.revoked_at) == (DeviceState.RETIRED, NOON)


def test_an_unknown_device_cannot_be_revoked(session: Session) -> None:
    with pytest.raises(DeviceNotFoundError):
        service.revoke_device(session, "LOG-9", at=NOON)
