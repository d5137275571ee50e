"""Goods, givers and a logger that a test knows all about, put into the shop of the sample."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import msgspec
from playwright.sync_api import APIRequestContext, APIResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.models import Lot, Sku
from catalog.values import NewLot
from cold_chain import service as cold_chain
from cold_chain.rules.intake import sign
from cold_chain.simulator import Trip, set_point, simulate
from cold_chain.values import ChannelKind, NewChannel, NewDevice
from kernel.clock import local_date

CARRIER = "LOG01"
LOGGER = "BT-01"
SECRET = "a secret of thirty-two characters"
EVERY_S = 300

OTHERS = tuple(f"H{number:04}" for number in range(1, 12))
"""Eleven households that give 1,500 g each, at the usual grade of 100 %."""
OTHERS_G = 1_500
OWN_G, OWN_GRADE = 3_500, 110
"""What the household whose statement is read gives, in a better grade."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """Today's only lot of one SKU: 20 kg of twelve households."""

    sku: str
    packs: int
    village_code: str
    household: str

    @property
    def lot(self) -> str:
        """Return the lot's code."""
        return f"{self.sku}-TODAY"


def receive(session: Session, harvest: Harvest, *, at: datetime) -> None:
    """Put a harvest on the shelf and take every other lot of its SKU off."""
    older = select(Lot.code).join(Sku, Sku.id == Lot.sku_id).where(Sku.code == harvest.sku)
    for code in session.scalars(older.where(Lot.quarantined_at.is_(None))).all():
        catalog.quarantine(session, code, at=at)
    today = local_date(at)
    catalog.receive_lots(
        session,
        [
            NewLot(
                code=harvest.lot,
                sku_id=session.scalars(select(Sku.id).where(Sku.code == harvest.sku)).one(),
                quantity=harvest.packs,
                harvested_on=today,
                best_before=today + timedelta(days=4),
                village_code=harvest.village_code,
                batch_certificate_number=f"样例-{harvest.lot}",
                received_at=at,
                contributions=(
                    (harvest.household, OWN_G, OWN_GRADE),
                    *((other, OTHERS_G, 100) for other in OTHERS),
                ),
                is_sample=True,
            )
        ],
    )


def register_logger(session: Session, *, at: datetime) -> None:
    """Enter a logger whose secret the test can sign with."""
    channel = NewChannel(code="t1", kind=ChannelKind.TEMPERATURE, sampling_interval_s=EVERY_S)
    device = NewDevice(
        code=LOGGER,
        serial=f"S-{LOGGER}",
        organisation_code=CARRIER,
        secret=SECRET,
        channels=(channel,),
        registered_at=at,
        is_sample=True,
    )
    cold_chain.register_devices(session, device)


def send_readings(
    sender: APIRequestContext, *, since: datetime, until: datetime, at: datetime
) -> APIResponse:
    """Hand in what a careful carrier's logger measured between 0 and 4 °C, properly signed."""
    trip = Trip(
        seed="a sale in the browser",
        device_code=LOGGER,
        departed_at=since,
        arrived_at=until,
        set_point_centi=set_point(0, 400),
        every_s=EVERY_S,
        defrosts_per_day=0,
    )
    readings = [
        (one.channel_code, int(one.at.timestamp()), one.centi)
        for one in simulate(trip).readings
    ]
    body = msgspec.json.encode({"readings": readings})
    timestamp, nonce = int(at.timestamp()), uuid4().hex
    return sender.post(
        "/api/v1/readings",
        data=body,
        headers={
            "Content-Type": "application/json",
            "X-Device": LOGGER,
            "X-Timestamp": str(timestamp),
            "X-Nonce": nonce,
            "X-Signature": sign(SECRET, timestamp=timestamp, nonce=nonce, body=body),
        },
    )
