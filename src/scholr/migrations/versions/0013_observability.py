"""What operators see."""

from scholr.migrations.ddl import run

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
