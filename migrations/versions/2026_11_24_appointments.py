"""Doctors, visits and waiting lists (step 1 of 1)."""

from alembic import op

from salus.migrate import drop_what_was_made_beside, run_script_beside

revision = "2026_11_24_appointments"
down_revision = "2026_11_24_insurance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script_beside(__file__)


def downgrade() -> None:
    drop_what_was_made_beside(__file__)
    op.execute("ALTER TABLE mails DROP COLUMN calendar_sealed, DROP COLUMN calendar_method")
