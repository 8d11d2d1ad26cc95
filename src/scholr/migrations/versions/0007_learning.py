"""Facts about learning, what is folded from them, certificates, notes."""

from scholr.migrations.ddl import definer_function, open_to_definer, protect_tenant_table, run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT = "tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid"

# A stranger holds the code only, so the row is found by it alone; nothing is told that the paper does not say.
VERIFY = """
create function learning_verify_certificate(wanted text)
returns table (
    number text, learner_name text, course_title text, organization_name text,
    issued_at timestamptz, expires_at timestamptz, revoked_at timestamptz
)
language sql stable security definer set search_path = pg_catalog, public as $$
    select number, learner_name, course_title, organization_name, issued_at, expires_at, revoked_at
    from learning_certificate where code = wanted
$$
"""

TABLES = (
    "learning_completion",
    "learning_view",
    "learning_score",
    "learning_progress",
    "learning_rule",
    "learning_certificate",
    "learning_certificate_serial",
    "learning_note",
)


def upgrade() -> None:
    run(
        f"""
        create table learning_completion (
            {TENANT},
            learner_id uuid not null,
            lesson_id uuid not null,
            course_id uuid not null,
            completed_at timestamptz not null,
            constraint pk_learning_completion primary key (tenant_id, learner_id, lesson_id)
        )
        """,
        "create index ix_learning_completion_course on learning_completion (tenant_id, learner_id, course_id)",
        f"""
        create table learning_view (
            {TENANT},
            learner_id uuid not null,
            lesson_id uuid not null,
            view_id uuid not null,
            course_id uuid not null,
            seconds integer not null,
            constraint pk_learning_view primary key (tenant_id, learner_id, lesson_id, view_id)
        )
        """,
        "create index ix_learning_view_course on learning_view (tenant_id, learner_id, course_id)",
        f"""
        create table learning_score (
            {TENANT},
            learner_id uuid not null,
            assessment_id uuid not null,
            course_id uuid not null,
            percentage_bp integer not null,
            recorded_at timestamptz not null,
            constraint pk_learning_score primary key (tenant_id, learner_id, assessment_id)
        )
        """,
        "create index ix_learning_score_course on learning_score (tenant_id, learner_id, course_id)",
        f"""
        create table learning_progress (
            {TENANT},
            learner_id uuid not null,
            course_id uuid not null,
            done integer not null,
            total integer not null,
            percent integer not null,
            position_lesson_id uuid,
            position_at timestamptz,
            last_seen_at timestamptz not null,
            completed_at timestamptz,
            constraint pk_learning_progress primary key (tenant_id, learner_id, course_id)
        )
        """,
        "create index ix_learning_progress_course on learning_progress (tenant_id, course_id)",
        f"""
        create table learning_rule (
            {TENANT},
            course_id uuid not null,
            all_lessons boolean not null,
            min_score_bp integer not null,
            min_view_seconds integer not null,
            assessment_ids uuid[] not null,
            certificate boolean not null,
            valid_months integer,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            constraint pk_learning_rule primary key (tenant_id, course_id)
        )
        """,
        f"""
        create table learning_certificate (
            {TENANT},
            id uuid not null,
            learner_id uuid not null,
            course_id uuid not null,
            number text not null,
            code text not null,
            learner_name text not null,
            course_title text not null,
            organization_name text not null,
            issued_at timestamptz not null,
            expires_at timestamptz,
            revoked_at timestamptz,
            revoked_reason text not null default '',
            constraint pk_learning_certificate primary key (tenant_id, id)
        )
        """,
        """
        create unique index uq_learning_certificate_learner
        on learning_certificate (tenant_id, learner_id, course_id)
        """,
        "create unique index uq_learning_certificate_code on learning_certificate (code)",
        f"""
        create table learning_certificate_serial (
            {TENANT},
            year integer not null,
            last integer not null,
            constraint pk_learning_certificate_serial primary key (tenant_id, year)
        )
        """,
        f"""
        create table learning_note (
            {TENANT},
            id uuid not null,
            learner_id uuid not null,
            course_id uuid not null,
            lesson_id uuid not null,
            text text not null,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            constraint pk_learning_note primary key (tenant_id, id)
        )
        """,
        "create index ix_learning_note_lesson on learning_note (tenant_id, learner_id, lesson_id)",
    )
    for table in TABLES:
        protect_tenant_table(table)
    open_to_definer("learning_certificate")
    definer_function("learning_verify_certificate(text)", VERIFY)
