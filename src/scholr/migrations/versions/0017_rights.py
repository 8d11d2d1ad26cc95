"""What people and the law ask for: choices, requests, exports, holds, how long things are kept."""

from scholr.migrations.ddl import TENANT_COLUMN, definer_function, open_to_definer, protect_tenant_table, run

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = pg_catalog, public"

_RIGHTS_TABLES = (
    f"""
    create table identity_choice (
        {TENANT_COLUMN},
        id uuid not null,
        learner_id uuid not null,
        purpose text not null,
        version integer not null,
        given boolean not null,
        decided_at timestamptz not null,
        decided_by uuid,
        constraint pk_identity_choice primary key (tenant_id, id)
    )
    """,
    "create index ix_identity_choice_of on identity_choice (tenant_id, learner_id, purpose, id)",
    f"""
    create table identity_directory (
        {TENANT_COLUMN},
        fields text[] not null,
        changed_at timestamptz not null,
        changed_by uuid,
        constraint pk_identity_directory primary key (tenant_id)
    )
    """,
    f"""
    create table compliance_hold (
        {TENANT_COLUMN},
        id uuid not null,
        learner_id uuid,
        course_id uuid,
        reason text not null,
        placed_by uuid,
        placed_at timestamptz not null,
        released_by uuid,
        released_at timestamptz,
        constraint pk_compliance_hold primary key (tenant_id, id),
        constraint ck_compliance_hold_something check (num_nonnulls(learner_id, course_id) > 0)
    )
    """,
    "create index ix_compliance_hold_learner on compliance_hold (tenant_id, learner_id) where released_at is null",
    "create index ix_compliance_hold_course on compliance_hold (tenant_id, course_id) where released_at is null",
    f"""
    create table compliance_request (
        {TENANT_COLUMN},
        id uuid not null,
        learner_id uuid not null,
        kind text not null,
        wish text not null,
        state text not null,
        asked_at timestamptz not null,
        due_at timestamptz not null,
        answer text not null default '',
        answered_by uuid,
        answered_at timestamptz,
        constraint pk_compliance_request primary key (tenant_id, id)
    )
    """,
    "create index ix_compliance_request_open on compliance_request (tenant_id, due_at) where state = 'open'",
    "create index ix_compliance_request_learner on compliance_request (tenant_id, learner_id, asked_at)",
    "create index ix_compliance_request_answered on compliance_request (tenant_id, answered_at)",
    f"""
    create table compliance_export (
        {TENANT_COLUMN},
        id uuid not null,
        learner_id uuid not null,
        asked_by uuid,
        whole boolean not null,
        state text not null,
        asked_at timestamptz not null,
        ready_at timestamptz,
        expires_at timestamptz,
        size bigint not null default 0,
        stored_as text not null default '',
        constraint pk_compliance_export primary key (tenant_id, id)
    )
    """,
    "create unique index uq_compliance_export_running on compliance_export (tenant_id, learner_id)"
    " where state = 'running'",
    "create index ix_compliance_export_learner on compliance_export (tenant_id, learner_id, asked_at)",
    "create index ix_compliance_export_expiry on compliance_export (tenant_id, expires_at) where stored_as <> ''",
    f"""
    create table compliance_retention (
        {TENANT_COLUMN},
        kind text not null,
        days integer not null,
        changed_at timestamptz not null,
        changed_by uuid,
        constraint pk_compliance_retention primary key (tenant_id, kind)
    )
    """,
)

# The holder's word counts; without one, what the organisation counts as directory information, unless the holder
# has objected. Strangers are told the name by this rule and by nothing else.
_VERIFY = f"""
create or replace function learning_verify_certificate(wanted text)
returns table (
    number text, learner_name text, course_title text, organization_name text,
    issued_at timestamptz, expires_at timestamptz, revoked_at timestamptz
)
language sql stable {_DEFINER} as $$
    select c.number, case when coalesce(
        (select k.given from identity_choice k where k.tenant_id = c.tenant_id and k.learner_id = c.learner_id
            and k.purpose = 'certificate_name' order by k.id desc limit 1),
        coalesce((select 'name' = any(d.fields) from identity_directory d where d.tenant_id = c.tenant_id), true)
        and coalesce((select k.given from identity_choice k where k.tenant_id = c.tenant_id
            and k.learner_id = c.learner_id and k.purpose = 'directory' order by k.id desc limit 1), true)
    ) then c.learner_name else '' end, c.course_title, c.organization_name, c.issued_at, c.expires_at, c.revoked_at
    from learning_certificate c where c.code = wanted
$$
"""

# Every organisation keeps something that ends one day.
_TENANTS = f"""
create function compliance_tenants_to_tidy(at timestamptz) returns setof uuid language sql stable {_DEFINER} as $$
    select o.tenant_id from identity_organization o where at is not null
$$
"""


def upgrade() -> None:
    run(*_RIGHTS_TABLES)
    for table in (
        *("identity_choice", "identity_directory", "compliance_hold"),
        *("compliance_request", "compliance_export", "compliance_retention"),
    ):
        protect_tenant_table(table)
    # A decision stays as it was made; its person's erasure may take the rows.
    run("revoke update on identity_choice from scholr_app")
    open_to_definer("identity_choice")
    open_to_definer("identity_directory")
    # 0014 forgets accounts with their recovery codes, which row security hid from it.
    open_to_definer("auth_recovery_code", "select, delete")
    # Only its owner may replace it.
    run("set local role scholr_definer", _VERIFY, "set local role scholr_owner")
    definer_function("compliance_tenants_to_tidy(timestamptz)", _TENANTS, to="scholr_worker")
