"""Which channels a certificate speaks for, and until when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One thermometer with its newest certificate; empty where it never had one."""

    device_code: str
    channel_code: str
    organisation_name: str
    certificate: str | None
    laboratory: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    offset_centi: int | None
    uncertainty_centi: int | None


NEWEST = text(
    """
SELECT device.code, channel.code, owner.name, paper.certificate, paper.laboratory,
    paper.valid_from, paper.valid_to, paper.offset_centi, paper.uncertainty_centi
FROM device_channels AS channel
JOIN devices AS device ON device.id = channel.device_id
JOIN organisations AS owner ON owner.code = device.organisation_code
LEFT JOIN LATERAL (
    SELECT * FROM calibrations WHERE channel_id = channel.id
    ORDER BY valid_to DESC, id DESC LIMIT 1
) AS paper ON true
WHERE channel.kind = 'temperature' AND device.revoked_at IS NULL
    AND device.state <> 'retired' AND device.code LIKE :begins ESCAPE '\\'
ORDER BY paper.valid_to NULLS FIRST, device.code, channel.code
LIMIT :limit
"""
)


def list_calibrations(
    session: Session, *, begins: str = "", limit: int = 100
) -> list[CalibrationRow]:
    """Return thermometers by how soon their certificate ends, those without one first.

    `begins` narrows to devices whose code begins so.
    """
    escaped = begins.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = session.execute(NEWEST, {"begins": f"{escaped}%", "limit": limit})
    return fill_all(CalibrationRow, rows)
