"""Feature flags."""

from scholr.migrations.ddl import run

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
