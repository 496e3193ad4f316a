"""Second factors: security keys, passkeys and recovery codes (step 1 of 1)."""

from alembic import op

from salus.migrate import drop_what_was_made_beside, run_script_beside

revision = "2026_11_24_second_factors"
down_revision = "2026_11_24_the_first_house"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script_beside(__file__)


def downgrade() -> None:
    drop_what_was_made_beside(__file__)
    op.execute("ALTER TABLE users DROP COLUMN password_needs_factor")
