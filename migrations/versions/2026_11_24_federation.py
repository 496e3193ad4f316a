"""Sign-in with other providers (step 1 of 1)."""

from alembic import op

from salus.migrate import drop_what_was_made_beside, run_script_beside

revision = "2026_11_24_federation"
down_revision = "2026_11_24_oauth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script_beside(__file__)


def downgrade() -> None:
    drop_what_was_made_beside(__file__)
    # No password fits the empty hash: whoever had none asks for one by e-mail. An UPDATE would see no tenant's rows.
    none_fits = "ALTER COLUMN password_hash TYPE text USING coalesce(password_hash, '')"
    op.execute(f"ALTER TABLE users {none_fits}, ALTER COLUMN password_hash SET NOT NULL")
