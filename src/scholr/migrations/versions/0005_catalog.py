"""Courses, sections, lessons with their history; versions, which are never changed; prerequisites and paths."""

from scholr.migrations.ddl import TENANT_COLUMN, TIMESTAMPS, protect_tenant_table, run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


TABLES = (
    "catalog_course",
    "catalog_section",
    "catalog_lesson",
    "catalog_lesson_revision",
    "catalog_version",
    "catalog_version_lesson",
    "catalog_prerequisite",
    "catalog_path",
    "catalog_path_course",
)

# Runs as its caller, so that row-level security holds; one round trip instead of three.
LIST_COURSES = """
create function catalog_list_courses(tenant uuid, published_only boolean, before uuid, most integer)
returns table (
    id uuid, title text, status text, summary text, subject text, language text, version integer,
    lesson_count integer, seconds integer, cover_asset_id uuid, updated_at timestamptz
)
language plpgsql set search_path = pg_catalog, public as $$
begin
    perform set_config('app.tenant_id', tenant::text, true);
    if published_only then
        return query
            select c.id, v.title, c.status, v.summary, v.subject, v.language, v.number,
                v.lesson_count, v.seconds, v.cover_asset_id, v.published_at
            from catalog_course c
            join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id
            where c.tenant_id = tenant and c.status = 'published' and (before is null or c.id < before)
            order by c.id desc limit most;
    else
        return query
            select c.id, c.title, c.status, c.summary, c.subject, c.language, coalesce(v.number, 0),
                coalesce(v.lesson_count, 0), coalesce(v.seconds, 0), c.cover_asset_id, c.updated_at
            from catalog_course c
            left join catalog_version v on v.tenant_id = c.tenant_id and v.id = c.published_version_id
            where c.tenant_id = tenant and (before is null or c.id < before)
            order by c.id desc limit most;
    end if;
end $$
"""


def upgrade() -> None:
    _draft()
    _versions()
    _relations()
    for table in TABLES:
        protect_tenant_table(table)
    run(
        "revoke update, delete on catalog_version from scholr_app",
        "revoke update, delete on catalog_version_lesson from scholr_app",
        LIST_COURSES,
    )


def _draft() -> None:
    run(
        f"""
        create table catalog_course (
            {TENANT_COLUMN},
            id uuid not null,
            title text not null,
            summary text not null default '',
            subject text not null default '',
            language text not null default 'en',
            outcomes text[] not null default '{{}}',
            cover_asset_id uuid,
            author_id uuid not null,
            status text not null default 'draft',
            revision integer not null default 1,
            latest_version integer not null default 0,
            published_version_id uuid,
            published_at timestamptz,
            archived_at timestamptz,
            {TIMESTAMPS},
            constraint pk_catalog_course primary key (tenant_id, id),
            constraint ck_catalog_course_status check (status in ('draft', 'published', 'archived')),
            constraint ck_catalog_course_version check (status <> 'published' or published_version_id is not null)
        )
        """,
        "create index ix_catalog_course_published on catalog_course (tenant_id, id) where status = 'published'",
        f"""
        create table catalog_section (
            {TENANT_COLUMN},
            id uuid not null,
            course_id uuid not null,
            title text not null,
            position integer not null,
            removed_at timestamptz,
            {TIMESTAMPS},
            constraint pk_catalog_section primary key (tenant_id, id),
            constraint fk_catalog_section_tenant_id_course_id foreign key (tenant_id, course_id)
                references catalog_course (tenant_id, id)
        )
        """,
        "create index ix_catalog_section_course on catalog_section (tenant_id, course_id, position)",
        f"""
        create table catalog_lesson (
            {TENANT_COLUMN},
            id uuid not null,
            course_id uuid not null,
            section_id uuid not null,
            title text not null,
            position integer not null,
            required boolean not null default true,
            seconds integer not null default 0,
            own_seconds integer,
            kind text not null default 'reading',
            blocks jsonb not null default '[]',
            fingerprint text not null,
            version integer not null default 1,
            updated_by uuid not null,
            removed_at timestamptz,
            {TIMESTAMPS},
            constraint pk_catalog_lesson primary key (tenant_id, id),
            constraint fk_catalog_lesson_tenant_id_course_id foreign key (tenant_id, course_id)
                references catalog_course (tenant_id, id),
            constraint fk_catalog_lesson_tenant_id_section_id foreign key (tenant_id, section_id)
                references catalog_section (tenant_id, id)
        )
        """,
        "create index ix_catalog_lesson_course on catalog_lesson (tenant_id, course_id, position)",
        f"""
        create table catalog_lesson_revision (
            {TENANT_COLUMN},
            id uuid not null,
            lesson_id uuid not null,
            version integer not null,
            title text not null,
            blocks jsonb not null,
            saved_by uuid not null,
            begun_at timestamptz not null,
            saved_at timestamptz not null,
            constraint pk_catalog_lesson_revision primary key (tenant_id, id),
            constraint fk_catalog_lesson_revision_tenant_id_lesson_id foreign key (tenant_id, lesson_id)
                references catalog_lesson (tenant_id, id)
        )
        """,
        "create index ix_catalog_lesson_revision_lesson on catalog_lesson_revision (tenant_id, lesson_id, id)",
    )


def _versions() -> None:
    run(
        f"""
        create table catalog_version (
            {TENANT_COLUMN},
            id uuid not null,
            course_id uuid not null,
            number integer not null,
            title text not null,
            summary text not null,
            subject text not null,
            language text not null,
            outcomes text[] not null,
            cover_asset_id uuid,
            outline jsonb not null,
            digest text not null,
            lesson_count integer not null,
            seconds integer not null,
            published_by uuid not null,
            published_at timestamptz not null default now(),
            constraint pk_catalog_version primary key (tenant_id, id),
            constraint fk_catalog_version_tenant_id_course_id foreign key (tenant_id, course_id)
                references catalog_course (tenant_id, id)
        )
        """,
        "create unique index uq_catalog_version_number on catalog_version (tenant_id, course_id, number)",
        "create index ix_catalog_version_first on catalog_version (tenant_id, published_at) where number = 1",
        f"""
        create table catalog_version_lesson (
            {TENANT_COLUMN},
            lesson_id uuid not null,
            version_id uuid not null,
            title text not null,
            seconds integer not null,
            kind text not null,
            blocks jsonb not null,
            constraint pk_catalog_version_lesson primary key (tenant_id, lesson_id, version_id),
            constraint fk_catalog_version_lesson_tenant_id_version_id foreign key (tenant_id, version_id)
                references catalog_version (tenant_id, id)
        )
        """,
    )


def _relations() -> None:
    run(
        f"""
        create table catalog_prerequisite (
            {TENANT_COLUMN},
            course_id uuid not null,
            requires_id uuid not null,
            constraint pk_catalog_prerequisite primary key (tenant_id, course_id, requires_id),
            constraint fk_catalog_prerequisite_tenant_id_course_id foreign key (tenant_id, course_id)
                references catalog_course (tenant_id, id),
            constraint fk_catalog_prerequisite_tenant_id_requires_id foreign key (tenant_id, requires_id)
                references catalog_course (tenant_id, id)
        )
        """,
        "create index ix_catalog_prerequisite_requires on catalog_prerequisite (tenant_id, requires_id)",
        f"""
        create table catalog_path (
            {TENANT_COLUMN},
            id uuid not null,
            title text not null,
            summary text not null default '',
            status text not null default 'draft',
            {TIMESTAMPS},
            constraint pk_catalog_path primary key (tenant_id, id)
        )
        """,
        f"""
        create table catalog_path_course (
            {TENANT_COLUMN},
            path_id uuid not null,
            course_id uuid not null,
            position integer not null,
            constraint pk_catalog_path_course primary key (tenant_id, path_id, course_id),
            constraint fk_catalog_path_course_tenant_id_path_id foreign key (tenant_id, path_id)
                references catalog_path (tenant_id, id) on delete cascade,
            constraint fk_catalog_path_course_tenant_id_course_id foreign key (tenant_id, course_id)
                references catalog_course (tenant_id, id)
        )
        """,
        "create index ix_catalog_path_course_course on catalog_path_course (tenant_id, course_id)",
    )
