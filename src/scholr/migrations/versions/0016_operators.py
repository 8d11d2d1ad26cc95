"""Who looks after the deployment."""

from scholr.migrations.ddl import run

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run()
