"""The platform's own tables: outbox and inbox, jobs, mail, answers to retried requests."""

from scholr.migrations.ddl import TENANT, TENANT_COLUMN, open_to_worker, protect_tenant_table, run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"

OUTBOX = (
    """
    create table platform_outbox (
        seq bigint generated always as identity,
        xid xid8 not null default pg_current_xact_id(),
        tenant_id uuid not null,
        id uuid not null,
        aggregatetype text not null,
        aggregateid uuid not null,
        type text not null,
        payload jsonb not null,
        occurred_at timestamptz not null,
        traceparent text,
        shard smallint generated always as ((uuid_hash_extended(aggregateid, 0) & 7)::smallint) stored,
        constraint pk_platform_outbox primary key (tenant_id, id)
    )
    """,
    "create index ix_platform_outbox_cursor on platform_outbox (shard, xid)",
    # Where each shard's relay stands: everything visible in `done` is published; while a window is open,
    # what `upto` sees and `done` does not is published up to the sequence number `position`.
    """
    create table platform_outbox_shard (
        shard smallint not null,
        done pg_snapshot not null,
        upto pg_snapshot,
        position bigint not null default 0,
        constraint pk_platform_outbox_shard primary key (shard)
    )
    """,
    "insert into platform_outbox_shard (shard, done) select n, '1:1:'::pg_snapshot from generate_series(0, 7) n",
    f"""
    create table platform_inbox (
        {TENANT_COLUMN},
        consumer text not null,
        event_id uuid not null,
        handled_at timestamptz not null default now(),
        constraint pk_platform_inbox primary key (tenant_id, consumer, event_id)
    )
    """,
    "create index ix_platform_inbox_handled_at on platform_inbox (handled_at)",
    # Only what a consumer could not take at once: retried until it is dead, then kept for a person to look at.
    """
    create table platform_delivery (
        tenant_id uuid not null,
        consumer text not null,
        event_id uuid not null,
        aggregateid uuid not null,
        seq bigint not null,
        state text not null default 'waiting',
        attempts integer not null,
        due_at timestamptz not null,
        last_error text not null,
        created_at timestamptz not null default now(),
        constraint pk_platform_delivery primary key (tenant_id, consumer, event_id),
        constraint fk_platform_delivery_tenant_id foreign key (tenant_id, event_id)
            references platform_outbox (tenant_id, id),
        constraint ck_platform_delivery_state check (state in ('waiting', 'dead'))
    )
    """,
    "create index ix_platform_delivery_due_at on platform_delivery (due_at) where state = 'waiting'",
    "create index ix_platform_delivery_order on platform_delivery (tenant_id, consumer, aggregateid, seq)"
    " where state = 'waiting'",
    "create index ix_platform_delivery_event on platform_delivery (tenant_id, event_id)",
)

JOBS = (
    f"""
    create table platform_job (
        {TENANT_COLUMN},
        id uuid not null,
        name text not null,
        payload jsonb not null,
        key text,
        state text not null default 'waiting',
        due_at timestamptz not null,
        attempts integer not null default 0,
        worker_id uuid,
        heartbeat_at timestamptz,
        last_error text,
        created_at timestamptz not null default now(),
        constraint pk_platform_job primary key (tenant_id, id),
        constraint ck_platform_job_state check (state in ('waiting', 'running', 'failed'))
    )
    """,
    "create index ix_platform_job_waiting on platform_job (tenant_id, due_at, id) where state = 'waiting'",
    "create index ix_platform_job_running on platform_job (tenant_id, name, key) where state = 'running'",
    "create index ix_platform_job_failed on platform_job (created_at) where state = 'failed'",
    # A job that has begun no longer counts: what is enqueued after that is run once more.
    "create unique index uq_platform_job_key on platform_job (tenant_id, name, key)"
    " where key is not null and state = 'waiting'",
    # Whose turn it is: the tenant served longest ago comes first among equals.
    "create sequence platform_job_turn as bigint",
    """
    create table platform_job_lane (
        tenant_id uuid not null,
        turn bigint not null,
        constraint pk_platform_job_lane primary key (tenant_id)
    )
    """,
    """
    create table platform_periodic (
        name text not null,
        next_at timestamptz not null,
        constraint pk_platform_periodic primary key (name)
    )
    """,
    """
    create table platform_worker (
        id uuid not null,
        host text not null,
        pid integer not null,
        started_at timestamptz not null,
        seen_at timestamptz not null,
        constraint pk_platform_worker primary key (id)
    )
    """,
)

MAIL = f"""
create table platform_mail (
    {TENANT_COLUMN},
    id uuid not null,
    recipient text not null,
    subject text not null,
    text_body text not null,
    html_body text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    constraint pk_platform_mail primary key (tenant_id, id)
)
"""

IDEMPOTENCY = f"""
create table platform_idempotency (
    {TENANT_COLUMN},
    scope bytea not null,
    request bytea not null,
    answer bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint pk_platform_idempotency primary key (tenant_id, scope)
)
"""

# One transaction at a time sends the wake-up: a commit that notifies takes a lock for the whole server, and
# every event would queue behind every other commit. What is not announced is found by the next look.
WAKE = """
create function platform_wake() returns trigger
language plpgsql as $$
begin
    if pg_try_advisory_xact_lock(hashtextextended(tg_argv[0], 0)) then
        perform pg_notify(tg_argv[0], '');
    end if;
    return null;
end $$
"""


def upgrade() -> None:
    run("grant select on alembic_version to scholr_app, scholr_worker")
    run(*OUTBOX, *JOBS, MAIL, IDEMPOTENCY)
    run(
        "create index ix_platform_mail_created_at on platform_mail (created_at)",
        "create index ix_platform_idempotency_expires_at on platform_idempotency (expires_at)",
    )
    _protect_what_a_tenant_owns()
    for table in (
        "platform_outbox_shard",
        "platform_delivery",
        "platform_job_lane",
        "platform_periodic",
        "platform_worker",
    ):
        _keep_for_the_worker(table)
    run("grant usage on sequence platform_job_turn to scholr_worker")
    _wake_the_worker()


def _protect_what_a_tenant_owns() -> None:
    for table in ("platform_outbox", "platform_inbox", "platform_job", "platform_mail", "platform_idempotency"):
        protect_tenant_table(table)
        open_to_worker(table)
    # What happened stays as it was written.
    run("revoke update, delete on platform_outbox, platform_inbox from scholr_app")
    for table in ("platform_job", "platform_mail"):
        run(
            f"create policy without_tenant on {table} for insert to scholr_app"
            f" with check ({TENANT} is null and tenant_id = {NOBODY})"
        )


def _keep_for_the_worker(table: str) -> None:
    run(f"alter table {table} enable row level security", f"alter table {table} force row level security")
    open_to_worker(table)


def _wake_the_worker() -> None:
    run(WAKE)
    for table in ("outbox", "job"):
        run(
            f"create trigger wake after insert on platform_{table} for each statement"
            f" execute function platform_wake('scholr_{table}')"
        )
