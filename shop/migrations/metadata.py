"""Every mapped table in one place, for the migration tool to compare with the schema."""

from sqlalchemy import MetaData

import catalog.models
import cold_chain.models
import households.models
import kernel.audit
import kernel.idempotency
import kernel.outbox
import kernel.policy
import kernel.regions
import ledger.models
import orders.models
import pairing.models
import parties.models
import payments.models
from kernel.orm import Base

# Importing a module maps its tables; naming it here shows that the import is meant.
MAPPED = (
    catalog.models,
    cold_chain.models,
    households.models,
    kernel.audit,
    kernel.idempotency,
    kernel.outbox,
    kernel.policy,
    kernel.regions,
    ledger.models,
    orders.models,
    pairing.models,
    parties.models,
    payments.models,
)


def target() -> MetaData:
    """Return the metadata with every domain's tables in it."""
    return Base.metadata
