"""The first house: people, files, consents, money, messages, records and the exchange of health data (step 1 of 1)."""

from pathlib import Path

from alembic import op

revision = "2026_11_24_the_first_house"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Read as one script, because triggers and functions hold semicolons; the driver takes several statements at once.
    driver = op.get_bind().connection.driver_connection
    driver.execute(Path(__file__).with_suffix(".sql").read_text(), prepare=False)


def downgrade() -> None:
    raise NotImplementedError("the first house is not torn down; restore a backup instead")
