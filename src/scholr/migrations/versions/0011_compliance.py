"""The audit log: append-only, chained."""

from scholr.migrations.ddl import run

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
