"""Checks on states are named alike in every module (step 1 of 1)."""

from alembic import op

revision = "2026_11_24_names_of_checks"
down_revision = "2026_11_24_privacy"
branch_labels = None
depends_on = None

TABLES = ("health_imports", "health_offers", "health_requests", "health_deliveries")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT ck_{table}_state TO ck_{table}_state_is_known")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT ck_{table}_state_is_known TO ck_{table}_state")
