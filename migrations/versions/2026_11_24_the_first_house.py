"""The first house: people, files, consents, money, messages, records and the exchange of health data (step 1 of 1)."""

import re
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
    op.execute("SET LOCAL lock_timeout = '5s'")
    made = Path(__file__).with_suffix(".sql").read_text()
    op.execute(f"DROP TABLE {', '.join(re.findall(r'^CREATE TABLE ([a-z_]+)', made, re.MULTILINE))}")
    for function in re.findall(r"^CREATE OR REPLACE FUNCTION ([a-z_]+)", made, re.MULTILINE):
        op.execute(f"DROP FUNCTION {function}()")
