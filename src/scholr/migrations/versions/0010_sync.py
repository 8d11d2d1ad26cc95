"""The merged state of devices that were offline."""

from scholr.migrations.ddl import protect_tenant_table, run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(
        """
        create table sync_state (
            tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid,
            learner_id uuid not null,
            course_id uuid not null,
            completed text[] not null,
            position_lesson text,
            position_at timestamptz,
            ahead_lesson text,
            ahead_at timestamptz,
            constraint pk_sync_state primary key (tenant_id, learner_id, course_id)
        )
        """
    )
    protect_tenant_table("sync_state")
