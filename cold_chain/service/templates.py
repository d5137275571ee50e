"""Column templates: saved once, read for ever; a change is a new version."""

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from cold_chain.models import ColumnTemplate
from cold_chain.values.files import NewTemplate
from cold_chain.values.tables import write_spec
from kernel.errors import ConflictError

TEMPLATE_LOCK = 7_312_004


def save_template(session: Session, new: NewTemplate) -> int:
    """Save a template and return its id; the same content again is the one that is there.

    Raises `ConflictError` where the code is another organisation's.
    """
    session.execute(select(func.pg_advisory_xact_lock(TEMPLATE_LOCK)))
    latest = session.execute(
        select(
            ColumnTemplate.id,
            ColumnTemplate.version,
            ColumnTemplate.spec,
            ColumnTemplate.name,
            ColumnTemplate.name_en,
            ColumnTemplate.organisation_code,
        )
        .where(ColumnTemplate.code == new.code)
        .order_by(ColumnTemplate.version.desc())
        .limit(1)
    ).one_or_none()
    spec = write_spec(new.spec)
    if latest is not None:
        if latest.organisation_code != new.organisation_code:
            raise ConflictError(
                "template_foreign",
                f"template {new.code} is somebody else's",
                template_code=new.code,
            )
        if (latest.spec, latest.name, latest.name_en) == (spec, new.name, new.name_en):
            return int(latest.id)
    template_id = session.scalar(
        insert(ColumnTemplate)
        .values(
            code=new.code,
            version=latest.version + 1 if latest else 1,
            name=new.name,
            name_en=new.name_en,
            organisation_code=new.organisation_code,
            spec=spec,
            made_by=new.actor,
            made_at=new.at,
            is_sample=new.is_sample,
        )
        .returning(ColumnTemplate.id)
    )
    return template_id or 0
