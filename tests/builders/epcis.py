"""Documents of events, as partners hand them in."""

from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OWN = {"example": "http://ns.example.com/epcis/", "gs1": "https://gs1.org/voc/"}


def a_document(*events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, OWN],
        "id": "https://id.example.org/document1",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2022-02-17T11:30:47.0Z",
        "epcisBody": {"eventList": list(events)},
        **fields,
    }


def an_event(**fields: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventTime": "2022-02-16T15:00:00.000+01:00",
        "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
        **fields,
    }


def a_sensor_element(at: str, *reports: tuple[str, float, str]) -> dict[str, Any]:
    return {
        "sensorMetadata": {
            "time": at,
            "deviceID": "urn:epc:id:giai:4000001.111",
            "deviceMetadata": "https://id.gs1.org/8004/4000001111",
            "rawData": "https://id.example.org/8004/401234599999",
        },
        "sensorReport": [
            {"type": kind, "value": value, "uom": unit} for kind, value, unit in reports
        ],
    }


def a_warm_box(*, warmest: float = 26.1, **fields: Any) -> dict[str, Any]:
    """Return an event with three looks at four sensors, as in GS1's example of sensor data."""
    looks = [("05", 26, 12.1, 160, 800), ("35", warmest, 12.2, 161, 801)]
    looks.append(("55", 26.2, 12.2, 162, 802))
    return an_event(
        sensorElementList=[
            a_sensor_element(
                f"2022-02-16T14:{minute}:00.000+01:00",
                ("Temperature", warm, "CEL"),
                ("AbsoluteHumidity", wet, "A93"),
                ("Speed", fast, "KMH"),
                ("Illuminance", bright, "LUX"),
            )
            for minute, warm, wet, fast, bright in looks
        ],
        **fields,
    )
