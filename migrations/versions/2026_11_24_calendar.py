"""Time and place: locations, resources, hours and claims (step 1 of 1)."""

from salus.migrate import drop_what_was_made_beside, run_script_beside

revision = "2026_11_24_calendar"
down_revision = "2026_11_24_patients_and_doctors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script_beside(__file__)


def downgrade() -> None:
    drop_what_was_made_beside(__file__)
