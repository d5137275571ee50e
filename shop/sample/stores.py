"""Writes the bases and stores of the sample, their zones, and what is booked of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.values import NewSite, NewVehicle, SiteKind
from cold_chain.values.stores import NewBooking, NewZone, ZoneKind
from kernel.clock import at_local_midnight, local_date
from shop.sample.checks import Files

OPERATOR: Final = "LOG01"
LOADER: Final = "task:sample"
LITRES: Final = 1000
BAMBOO: Final = "BASE-BAMBOO"
BAMBOO_TRUCKS: Final = 10
BASES: Final = {
    "中部片": ("BASE-CENTRE", "Central", "500156002"),
    "江口片": ("BASE-JIANGKOU", "Jiangkou", "500156102"),
    "东北片": ("BASE-NORTHEAST", "Northeastern", "500156104"),
    "西部片": ("BASE-WEST", "Western", "500156108"),
}
"""Area → code, English name, township. The townships are of the sample: none is published."""
BANDS: Final = {
    ZoneKind.CHILLED: ("冷藏区", "Chilled zone", 0, 400),
    ZoneKind.FROZEN: ("冷冻区", "Frozen zone", None, -1800),
}
VOLUMES_M3: Final = {ZoneKind.CHILLED: 500, ZoneKind.FROZEN: 300}
"""Of an area's base; of the sample, as none is published."""
BAMBOO_M3: Final = {ZoneKind.CHILLED: 1400, ZoneKind.FROZEN: 2000}
"""As published for the cold-chain base of bamboo shoots at Dashiban, Xiangshu village."""
BOOKED: Final = (
    ("C03", "BASE-CENTRE-chilled", "鲜竹笋 200 筐(样例)", 60),
    ("C05", "BASE-NORTHEAST-frozen", "冻羊肉 1.2 吨(样例)", 12),
)


def load(session: Session, files: Files, *, at: datetime) -> None:
    """Enter bases, zones, trucks and bookings; what is there already stays as it is."""
    cold_chain.register_sites(session, *_bases())
    cold_chain.register_vehicles(
        session,
        *(
            NewVehicle(code=f"样笋竹-{n:02}", organisation_code=OPERATOR, is_sample=True)
            for n in range(1, BAMBOO_TRUCKS + 1)
        ),
    )
    cold_chain.register_zones(session, *_zones(files))
    for organisation, zone, goods, cubic_metres in BOOKED:
        _book(session, organisation, zone, goods, cubic_metres, at=at)


def _bases() -> Iterator[NewSite]:
    for area, (code, name_en, township) in BASES.items():
        yield NewSite(
            code=code,
            name=f"{area}农产品冷链物流仓储基地(样例)",
            name_en=f"{name_en} cold-chain base (sample)",
            kind=SiteKind.BASE,
            organisation_code=OPERATOR,
            region_code=township,
            cold_chain_area=area,
            is_sample=True,
        )
    yield NewSite(
        code=BAMBOO,
        name="香树村大石板笋竹冷链加工物流基地(样例)",
        name_en="Dashiban bamboo-shoot cold-chain base (sample)",
        kind=SiteKind.COLD_STORE,
        organisation_code=OPERATOR,
        region_code="500156109",
        cold_chain_area="东北片",
        is_sample=True,
    )


def _zones(files: Files) -> Iterator[NewZone]:
    for code, _, _ in BASES.values():
        yield from (_zone(code, kind, volume) for kind, volume in VOLUMES_M3.items())
    yield from (_zone(BAMBOO, kind, volume) for kind, volume in BAMBOO_M3.items())
    for producer in files.producers:
        own = {
            ZoneKind.CHILLED: producer.cold_store.chilled_m3,
            ZoneKind.FROZEN: producer.cold_store.frozen_m3,
        }
        yield from (
            _zone(f"S-{producer.id}", kind, volume, is_shared=False)
            for kind, volume in own.items()
            if volume
        )


def _zone(site: str, kind: ZoneKind, cubic_metres: int, *, is_shared: bool = True) -> NewZone:
    name, name_en, lower, upper = BANDS[kind]
    return NewZone(
        code=f"{site}-{kind.value}",
        site_code=site,
        name=name,
        name_en=name_en,
        kind=kind,
        lower_centi=lower,
        upper_centi=upper,
        volume_l=cubic_metres * LITRES,
        is_shared=is_shared,
        is_sample=True,
    )


def _book(
    session: Session,
    organisation: str,
    zone: str,
    goods: str,
    cubic_metres: int,
    *,
    at: datetime,
) -> None:
    today = local_date(at)
    booking = NewBooking(
        zone_code=zone,
        organisation_code=organisation,
        goods=goods,
        volume_l=cubic_metres * LITRES,
        from_at=at_local_midnight(today - timedelta(days=3)),
        to_at=at_local_midnight(today + timedelta(days=21)),
        key=f"sample-{zone}",
        actor=LOADER,
    )
    cold_chain.book_zone(session, booking, at=at)
