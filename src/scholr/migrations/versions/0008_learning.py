"""Facts about learning, what is folded from them, certificates, notes."""

from scholr.migrations.ddl import TENANT_COLUMN, definer_function, open_to_definer, protect_tenant_table, run

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


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

# The page that is opened most: one round trip moves the position (at most once a minute for one lesson) and reads
# what belongs to the learner. It runs as its caller, so the policies hold in it.
OPEN_LESSON = """
create function learning_open_lesson(
    tenant uuid, learner uuid, course uuid, lesson uuid, lessons integer, moment timestamptz
)
returns table (completed uuid[], finished_at timestamptz, notes text)
language plpgsql set search_path = pg_catalog, public as $$
begin
    perform set_config('app.tenant_id', tenant::text, true);
    if moment is not null then
        insert into learning_progress as p (
            tenant_id, learner_id, course_id, done, total, percent, position_lesson_id, position_at, last_seen_at
        )
        values (tenant, learner, course, 0, lessons, 0, lesson, moment, moment)
        on conflict (tenant_id, learner_id, course_id) do update set
            position_lesson_id = lesson, position_at = moment, last_seen_at = greatest(p.last_seen_at, moment)
        where p.position_at is null or (p.position_at < moment
            and (p.position_lesson_id <> lesson or p.last_seen_at < moment - interval '1 minute'));
    end if;
    return query select
        array(
            select c.lesson_id from learning_completion c
            where c.tenant_id = tenant and c.learner_id = learner and c.course_id = course
        ),
        (
            select p.completed_at from learning_progress p
            where p.tenant_id = tenant and p.learner_id = learner and p.course_id = course
        ),
        (
            select coalesce(json_agg(json_build_array(
                n.id, n.course_id, n.lesson_id, n.block_id, n.quote, n.text, n.updated_at
            ) order by n.id), '[]')::text
            from learning_note n
            where n.tenant_id = tenant and n.learner_id = learner and n.lesson_id = lesson
                and n.deleted_at is null
        );
end $$
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
            {TENANT_COLUMN},
            learner_id uuid not null,
            lesson_id uuid not null,
            course_id uuid not null,
            completed_at timestamptz not null,
            constraint pk_learning_completion primary key (tenant_id, learner_id, lesson_id)
        )
        """,
        "create index ix_learning_completion_course on learning_completion (tenant_id, course_id, learner_id)",
        "create index ix_learning_completion_moment on learning_completion (tenant_id, completed_at)",
        f"""
        create table learning_view (
            {TENANT_COLUMN},
            learner_id uuid not null,
            lesson_id uuid not null,
            view_id uuid not null,
            course_id uuid not null,
            seconds integer not null,
            constraint pk_learning_view primary key (tenant_id, learner_id, lesson_id, view_id)
        )
        """,
        "create index ix_learning_view_course on learning_view (tenant_id, course_id, learner_id)",
        f"""
        create table learning_score (
            {TENANT_COLUMN},
            learner_id uuid not null,
            assessment_id uuid not null,
            course_id uuid not null,
            percentage_bp integer not null,
            recorded_at timestamptz not null,
            constraint pk_learning_score primary key (tenant_id, learner_id, assessment_id)
        )
        """,
        "create index ix_learning_score_course on learning_score (tenant_id, course_id, learner_id)",
        f"""
        create table learning_progress (
            {TENANT_COLUMN},
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
            {TENANT_COLUMN},
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
            {TENANT_COLUMN},
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
            {TENANT_COLUMN},
            year integer not null,
            last integer not null,
            constraint pk_learning_certificate_serial primary key (tenant_id, year)
        )
        """,
        f"""
        create table learning_note (
            {TENANT_COLUMN},
            id uuid not null,
            learner_id uuid not null,
            course_id uuid not null,
            lesson_id uuid not null,
            block_id text not null default '',
            quote text not null default '',
            text text not null,
            deleted_at timestamptz,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            constraint pk_learning_note primary key (tenant_id, id)
        )
        """,
        "create index ix_learning_note_lesson on learning_note (tenant_id, learner_id, lesson_id)",
        "create index ix_learning_note_learner on learning_note (tenant_id, learner_id, id)",
    )
    for table in TABLES:
        protect_tenant_table(table)
    run(OPEN_LESSON)
    open_to_definer("learning_certificate")
    definer_function("learning_verify_certificate(text)", VERIFY)
