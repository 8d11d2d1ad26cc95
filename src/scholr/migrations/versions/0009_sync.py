"""The tables of sync."""

from scholr.migrations.ddl import run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
