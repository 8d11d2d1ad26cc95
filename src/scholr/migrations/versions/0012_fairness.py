"""Turns between organisations."""

from scholr.migrations.ddl import run

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
