"""The events of a shipment, from the harvest of its lots to the door, and back if it went back.

Each event has a slot, the moment of the shipment it tells: what is told of a slot anew replaces
what was told of it before. Names are web addresses of the GS1 system; words of the house stand
under the prefix `wl`. Nobody's name is told, and no place where somebody lives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from cold_chain.epcis import contexts, names
from cold_chain.epcis.story import Keys, LotPart, Stay, Story
from cold_chain.values import ShipmentState, Verdict
from cold_chain.values.epcis import KeyKind
from kernel.clock import SHANGHAI

WORDS: Final = "https://shanji.example/epcis/"
"""What the prefix `wl` stands for; a name, not a page."""
CONTEXT: Final[tuple[dict[str, str], ...]] = ({"wl": WORDS},)
OFFSET: Final = "+08:00"
GRAMS: Final = 1000
LOT_TEXT: Final = 20
METHOD: Final = "wl:value-held-until-next"
S = ShipmentState

CONFORMANT: Final = {Verdict.PASS: "conformant", Verdict.FAIL: "non_conformant"}


@dataclass(frozen=True, slots=True)
class Told:
    """One event and which moment of the shipment it tells; lots have moments of their own."""

    slot: str
    event: dict[str, Any]
    is_of_lot: bool = False
    owner_code: str = ""


def document(events: list[dict[str, Any]], *, created_at: datetime) -> dict[str, Any]:
    """Return events as a document of EPCIS 2.0."""
    return {
        "@context": contexts.joined(list(CONTEXT)),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": moment(created_at),
        "epcisBody": {"eventList": events},
    }


def moment(at: datetime) -> str:
    """Write a moment as it is on the clocks of Shanghai."""
    return at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def lot_text(code: str, lot_id: int) -> str:
    """Return what a lot is called beside its GTIN: its code, or else its number."""
    is_fit = len(code) <= LOT_TEXT and code.isascii() and code.replace("-", "").isalnum()
    return code if is_fit else f"L{lot_id}"


def address(keys: Keys, kind: KeyKind, subject: str) -> str:
    """Return the web address of a thing the house has a key for."""
    number = keys[kind, subject]
    path = {
        KeyKind.GTIN: "01",
        KeyKind.GLN: "414",
        KeyKind.PARTY: "417",
        KeyKind.SSCC: "00",
        KeyKind.GRAI: "8003",
        KeyKind.GIAI: "8004",
    }[kind]
    return f"{names.ROOT}/{path}/{number}"


def lot_address(keys: Keys, part: LotPart) -> str:
    """Return the web address of a lot."""
    return f"{address(keys, KeyKind.GTIN, f'sku:{part.sku}')}/10/{part.lot}"


def tell(story: Story, keys: Keys) -> list[Told]:
    """Return every event of a shipment so far, in the order in which it happened."""
    teller = _Teller(story, keys)
    return [
        *teller.lots(),
        *teller.packed(),
        *teller.sent(),
        *teller.held(),
        *teller.delivered(),
        *teller.judged(),
        *teller.undone(),
    ]


@dataclass(frozen=True, slots=True)
class _Teller:
    story: Story
    keys: Keys

    def lots(self) -> Iterator[Told]:
        """Tell how each lot came to be."""
        for part in self.story.parts:
            place = address(self.keys, KeyKind.GLN, f"organisation:{part.seller_code}")
            event = _event("ObjectEvent", part.received_at, "ADD", "commissioning", "active")
            event |= {
                "quantityList": [
                    {
                        "epcClass": lot_address(self.keys, part),
                        "quantity": part.lot_weight_g / GRAMS,
                        "uom": "KGM",
                    }
                ],
                "readPoint": {"id": place},
                "bizLocation": {"id": place},
                "ilmd": {
                    "cbvmda:lotNumber": part.lot,
                    "cbvmda:harvestStartDate": part.harvested_on.isoformat(),
                    **_best_before(part.best_before),
                    "wl:producers": part.producers,
                },
            }
            yield Told(f"lot:{part.lot}", event, is_of_lot=True, owner_code=part.seller_code)

    def packed(self) -> Iterator[Told]:
        """Tell what went into the boxes, and that they were closed."""
        story = self.story
        at = story.first(S.READY)
        first, *others = self._units()
        if story.site_code is not None:
            room = address(self.keys, KeyKind.GLN, f"site:{story.site_code}")
            kept = _event("ObjectEvent", story.planned_at, "OBSERVE", "storing", "in_progress")
            kept |= {"quantityList": self._goods(), "bizLocation": {"id": room}}
            if story.parts:
                yield Told("stored", kept)
        if at is not None and (story.parts or others):
            event = _event("AggregationEvent", at, "ADD", "packing", "in_progress")
            event |= {"parentID": first, **self._place()}
            event |= {"childQuantityList": self._goods()} if story.parts else {}
            event |= {"childEPCs": others} if others else {}
            yield Told("packed", event)
        loaded = story.first(S.LOADED)
        if loaded is not None:
            event = self._seen(loaded, "loading", "container_closed") | self._place()
            yield Told("loaded", event)

    def sent(self) -> Iterator[Told]:
        """Tell that the logger went along and the goods left."""
        at, ended = self.story.first(S.IN_TRANSIT), self.story.first(S.ARRIVED)
        if at is None:
            return
        if self.story.device_code is not None:
            yield self._associated("logger:on", at, "ADD", "assembling")
        event = self._seen(at, "departing", "in_transit") | self._place()
        yield Told("departed", event | self._papers("desadv") | self._passed(
            self.story.shipper_code, self.story.carrier_code
        ))  # fmt: skip
        if ended is not None and self.story.device_code is not None:
            yield self._associated("logger:off", ended, "DELETE", "removing")

    def held(self) -> Iterator[Told]:
        """Tell who held the goods and what was measured meanwhile."""
        before = self.story.shipper_code
        for number, stay in enumerate(self.story.stays):
            if stay.holder_code != before:
                event = self._seen(stay.from_at, "accepting", "in_transit")
                yield Told(f"custody:{number}", event | self._passed(before, stay.holder_code))
            before = stay.holder_code
        if self.story.first(S.ARRIVED) is None:
            return
        for number, opened in enumerate(self.story.openings):
            yield Told(f"door:{number}", self._seen(opened, "inspecting", "container_open"))
        for number, stay in enumerate(self.story.stays):
            if stay.sensed is not None and stay.to_at is not None:
                event = self._seen(stay.to_at, "sensor_reporting", None)
                event["sensorElementList"] = [self._sensor(stay, stay.to_at)]
                yield Told(f"stay:{number}", event)

    def delivered(self) -> Iterator[Told]:
        """Tell that the goods arrived and were taken."""
        arrived = self.story.first(S.ARRIVED)
        if arrived is not None:
            yield Told("arrived", self._seen(arrived, "arriving", "in_progress"))
        taken = self.story.first(S.ACCEPTED) or self.story.first(S.ACCEPTED_WITH_CLAIM)
        if taken is not None:
            event = self._seen(taken, "receiving", "in_progress")
            yield Told("received", event | self._papers("recadv"))

    def judged(self) -> Iterator[Told]:
        """Tell what the record of temperatures says of the goods."""
        judged, at = self.story.judgement, self.story.first(S.INSPECTED)
        if judged is None or at is None:
            return
        found = CONFORMANT.get(judged.verdict)
        event = self._seen(at, "inspecting" if found else "holding", found)
        event |= {
            "wl:verdict": judged.verdict.value,
            "wl:evaluationVersion": str(judged.version),
            "wl:limits": f"wl:limits/{self.story.profile}",
        }
        event |= {"persistentDisposition": {"set": [found]}} if found else {}
        yield Told("judged", event)

    def undone(self) -> Iterator[Told]:
        """Tell that goods were refused, went back or were destroyed."""
        steps: tuple[tuple[S, str, str, str], ...] = (
            (S.REJECTED, "holding", "non_conformant", "testres"),
            (S.RETURNING, "shipping", "returned", "rma"),
            (S.RETURNED, "receiving", "returned", "rma"),
        )
        for state, step, disposition, paper in steps:
            at = self.story.first(state)
            if at is not None:
                event = self._seen(at, step, disposition)
                yield Told(state.value, event | self._papers(paper))
        destroyed = self.story.first(S.DESTROYED)
        if destroyed is not None:
            event = self._seen(destroyed, "destroying", "destroyed") | {"action": "DELETE"}
            yield Told("destroyed", event)

    def _units(self) -> list[str]:
        return [address(self.keys, KeyKind.SSCC, f"parcel:{code}") for code in self.story.units]

    def _goods(self) -> list[dict[str, Any]]:
        packs: dict[str, int] = {}
        for part in self.story.parts:
            named = lot_address(self.keys, part)
            packs[named] = packs.get(named, 0) + part.packs
        return [{"epcClass": named, "quantity": number} for named, number in packs.items()]

    def _place(self) -> dict[str, Any]:
        subject = f"organisation:{self.story.shipper_code}"
        if self.story.site_code is not None:
            subject = f"site:{self.story.site_code}"
        return {"readPoint": {"id": address(self.keys, KeyKind.GLN, subject)}}

    def _seen(self, at: datetime, step: str, disposition: str | None) -> dict[str, Any]:
        event = _event("ObjectEvent", at, "OBSERVE", step, disposition)
        return event | {"epcList": self._units()}

    def _associated(self, slot: str, at: datetime, action: str, step: str) -> Told:
        event = _event("AssociationEvent", at, action, step, None)
        logger = address(self.keys, KeyKind.GIAI, f"device:{self.story.device_code}")
        return Told(slot, event | {"parentID": self._units()[0], "childEPCs": [logger]})

    def _party(self, code: str) -> str:
        return address(self.keys, KeyKind.PARTY, f"organisation:{code}")

    def _passed(self, giver: str, taker: str) -> dict[str, Any]:
        if giver == taker:
            return {}
        return {
            "sourceList": [{"type": "possessing_party", "source": self._party(giver)}],
            "destinationList": [
                {"type": "possessing_party", "destination": self._party(taker)}
            ],
        }

    def _papers(self, kind: str) -> dict[str, Any]:
        number = self.keys[KeyKind.PARTY, f"organisation:{self.story.shipper_code}"]
        paper = f"urn:epcglobal:cbv:bt:{number}:{self.story.order_number}"
        return {"bizTransactionList": [{"type": kind, "bizTransaction": paper}]}

    def _sensor(self, stay: Stay, ended: datetime) -> dict[str, Any]:
        sensed = stay.sensed
        if sensed is None:
            return {}
        alarms = self.story.judgement.alarms if self.story.judgement is not None else ()
        return {
            "sensorMetadata": {
                "startTime": moment(stay.from_at),
                "endTime": moment(ended),
                "deviceID": address(self.keys, KeyKind.GIAI, f"device:{sensed.device_code}"),
                "rawData": f"ni:///sha-256;{sensed.raw_hash}",
                "dataProcessingMethod": METHOD,
                "bizRules": f"wl:limits/{self.story.profile}",
            },
            "sensorReport": [
                {
                    "type": "Temperature",
                    "minValue": sensed.lowest,
                    "maxValue": sensed.highest,
                    "meanValue": sensed.mean,
                    "sDev": sensed.deviation,
                    "uom": "CEL",
                },
                {
                    "type": "wl:MeanKineticTemperature",
                    "value": sensed.kinetic,
                    "uom": "CEL",
                    "wl:jouleActivation": str(self.story.kinetic_joule_per_mole),
                },
                {"type": "wl:Coverage", "value": sensed.coverage_permille / 10, "uom": "P1"},
                *(
                    {
                        "type": "Temperature",
                        "exception": "ALARM_CONDITION",
                        "time": moment(at),
                    }
                    for at in alarms
                    if stay.from_at <= at <= ended
                ),
            ],
        }


def _event(
    kind: str, at: datetime, action: str, step: str, disposition: str | None
) -> dict[str, Any]:
    event = {
        "type": kind,
        "eventTime": moment(at),
        "eventTimeZoneOffset": OFFSET,
        "action": action,
        "bizStep": step,
    }
    return event if disposition is None else event | {"disposition": disposition}


def _best_before(on: date | None) -> dict[str, str]:
    return {} if on is None else {"cbvmda:bestBeforeDate": on.isoformat()}
