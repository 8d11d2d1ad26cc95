"""Data keys of people, the erasure ledger, retention and holds."""

from scholr.migrations.ddl import run

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
