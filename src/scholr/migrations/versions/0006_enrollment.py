"""The tables of enrollment."""

from scholr.migrations.ddl import run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
