"""Triggers that keep consents as they were given: withdrawn once, never changed, never gone."""

from kernel.ddl import keep

WITHDRAWN_ONCE = """
CREATE TRIGGER consents_withdrawn_once BEFORE UPDATE ON consents
    FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
"""

PRIVACY_STATEMENTS: tuple[str, ...] = (
    keep("consents", "withdrawn_at", "withdrawn_by"),
    WITHDRAWN_ONCE,
)
"""What migration 0006 runs."""
