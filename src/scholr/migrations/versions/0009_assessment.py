"""The tables of assessment, and the functions that its hot paths call."""

from scholr.migrations.ddl import (
    TENANT_COLUMN,
    TIMESTAMPS,
    definer_function,
    open_to_definer,
    protect_tenant_table,
    run,
)

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


TABLES = (
    f"""
    create table assessment_assessment (
        {TENANT_COLUMN},
        id uuid not null,
        course_id uuid not null,
        title text not null,
        hidden boolean not null default false,
        settings jsonb not null,
        revision integer not null default 1,
        author_id uuid not null,
        {TIMESTAMPS},
        constraint pk_assessment_assessment primary key (tenant_id, id)
    )
    """,
    "create index ix_assessment_assessment_course on assessment_assessment (tenant_id, course_id, id)",
    f"""
    create table assessment_bank (
        {TENANT_COLUMN},
        id uuid not null,
        title text not null,
        author_id uuid not null,
        {TIMESTAMPS},
        constraint pk_assessment_bank primary key (tenant_id, id)
    )
    """,
    f"""
    create table assessment_question (
        {TENANT_COLUMN},
        id uuid not null,
        assessment_id uuid,
        bank_id uuid,
        position integer not null,
        type text not null,
        prompt text not null,
        points_micro bigint not null,
        options jsonb not null,
        answer_key jsonb not null,
        explanation text not null default '',
        {TIMESTAMPS},
        constraint pk_assessment_question primary key (tenant_id, id),
        constraint fk_assessment_question_tenant_id_assessment_id foreign key (tenant_id, assessment_id)
            references assessment_assessment (tenant_id, id),
        constraint fk_assessment_question_tenant_id_bank_id foreign key (tenant_id, bank_id)
            references assessment_bank (tenant_id, id),
        constraint ck_assessment_question_one_home check (num_nonnulls(assessment_id, bank_id) = 1)
    )
    """,
    "create index ix_assessment_question_assessment on assessment_question (tenant_id, assessment_id, position)",
    "create index ix_assessment_question_bank on assessment_question (tenant_id, bank_id, position)",
    f"""
    create table assessment_draw (
        {TENANT_COLUMN},
        id uuid not null,
        assessment_id uuid not null,
        bank_id uuid not null,
        position integer not null,
        count integer not null,
        {TIMESTAMPS},
        constraint pk_assessment_draw primary key (tenant_id, id),
        constraint fk_assessment_draw_tenant_id_assessment_id foreign key (tenant_id, assessment_id)
            references assessment_assessment (tenant_id, id),
        constraint fk_assessment_draw_tenant_id_bank_id foreign key (tenant_id, bank_id)
            references assessment_bank (tenant_id, id),
        constraint ck_assessment_draw_some check (count > 0)
    )
    """,
    "create index ix_assessment_draw_assessment on assessment_draw (tenant_id, assessment_id)",
    "create index ix_assessment_draw_bank on assessment_draw (tenant_id, bank_id)",
    f"""
    create table assessment_version (
        {TENANT_COLUMN},
        id uuid not null,
        assessment_id uuid not null,
        revision integer not null,
        content jsonb not null,
        created_at timestamptz not null default now(),
        constraint pk_assessment_version primary key (tenant_id, id),
        constraint uq_assessment_version_revision unique (tenant_id, assessment_id, revision),
        constraint fk_assessment_version_tenant_id_assessment_id foreign key (tenant_id, assessment_id)
            references assessment_assessment (tenant_id, id)
    )
    """,
    # Each autosave touches its attempt's row: room on the page keeps these updates off the indexes.
    f"""
    create table assessment_attempt (
        {TENANT_COLUMN},
        id uuid not null,
        assessment_id uuid not null,
        version_id uuid not null,
        learner_id uuid not null,
        attempt_no integer not null,
        status text not null,
        seed text not null,
        question_ids uuid[] not null,
        sequence integer not null default 0,
        started_at timestamptz not null,
        saves_until timestamptz,
        sweep_at timestamptz,
        finished_at timestamptz,
        score_micro bigint,
        max_micro bigint,
        results jsonb,
        late_answers jsonb,
        penalty_percent integer not null default 0,
        constraint pk_assessment_attempt primary key (tenant_id, id),
        constraint uq_assessment_attempt_number unique (tenant_id, assessment_id, learner_id, attempt_no),
        constraint fk_assessment_attempt_tenant_id_assessment_id foreign key (tenant_id, assessment_id)
            references assessment_assessment (tenant_id, id),
        constraint fk_assessment_attempt_tenant_id_version_id foreign key (tenant_id, version_id)
            references assessment_version (tenant_id, id)
    ) with (fillfactor = 70)
    """,
    "create unique index uq_assessment_attempt_running on assessment_attempt (tenant_id, assessment_id, learner_id)"
    " where status = 'in_progress'",
    "create index ix_assessment_attempt_sweep on assessment_attempt (sweep_at) where status = 'in_progress'",
    "create index ix_assessment_attempt_learner on assessment_attempt (tenant_id, learner_id)",
    f"""
    create table assessment_answer (
        {TENANT_COLUMN},
        attempt_id uuid not null,
        question_id uuid not null,
        sequence integer not null,
        saved_at timestamptz not null,
        entries jsonb not null,
        constraint pk_assessment_answer primary key (tenant_id, attempt_id, question_id),
        constraint fk_assessment_answer_tenant_id_attempt_id foreign key (tenant_id, attempt_id)
            references assessment_attempt (tenant_id, id)
    ) with (fillfactor = 80)
    """,
    f"""
    create table assessment_accommodation (
        {TENANT_COLUMN},
        assessment_id uuid not null,
        learner_id uuid not null,
        extra_time_percent integer not null default 0,
        extra_time_seconds integer not null default 0,
        extra_attempts integer not null default 0,
        closes_at timestamptz,
        note text not null default '',
        author_id uuid not null,
        {TIMESTAMPS},
        constraint pk_assessment_accommodation primary key (tenant_id, assessment_id, learner_id),
        constraint fk_assessment_accommodation_tenant_id_assessment_id foreign key (tenant_id, assessment_id)
            references assessment_assessment (tenant_id, id)
    )
    """,
    f"""
    create table assessment_override (
        {TENANT_COLUMN},
        id uuid not null,
        attempt_id uuid not null,
        question_id uuid not null,
        earned_micro bigint not null,
        previous_micro bigint not null,
        reason text not null,
        author_id uuid not null,
        created_at timestamptz not null,
        constraint pk_assessment_override primary key (tenant_id, id),
        constraint fk_assessment_override_tenant_id_attempt_id foreign key (tenant_id, attempt_id)
            references assessment_attempt (tenant_id, id)
    )
    """,
    "create index ix_assessment_override_attempt on assessment_override (tenant_id, attempt_id)",
)

PROTECTED = (
    "assessment_assessment",
    "assessment_bank",
    "assessment_question",
    "assessment_draw",
    "assessment_version",
    "assessment_attempt",
    "assessment_answer",
    "assessment_accommodation",
    "assessment_override",
)

# True when the attempt was made here; false when another request was first with this number or is running.
BEGIN = """
create function assessment_begin(
    p_tenant uuid, p_attempt uuid, p_assessment uuid, p_version uuid, p_learner uuid, p_number integer,
    p_seed text, p_questions uuid[], p_now timestamptz, p_until timestamptz, p_sweep timestamptz, p_event uuid,
    p_payload jsonb
) returns boolean language plpgsql set search_path = pg_catalog, public as $$
begin
    perform set_config('app.tenant_id', p_tenant::text, true);
    insert into assessment_attempt (
        tenant_id, id, assessment_id, version_id, learner_id, attempt_no, status, seed, question_ids, started_at,
        saves_until, sweep_at
    ) values (
        p_tenant, p_attempt, p_assessment, p_version, p_learner, p_number, 'in_progress', p_seed, p_questions, p_now,
        p_until, p_sweep
    ) on conflict do nothing;
    if not found then
        return false;
    end if;
    insert into platform_outbox (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at)
    values (p_event, 'attempt', p_attempt, 'assessment.attempt_started', p_payload, p_tenant, p_now);
    return true;
end $$
"""

# The attempt with what its learner is given now; `answers` (question to entries) only when asked for.
STATE = """
create function assessment_attempt_state(p_tenant uuid, p_attempt uuid, p_with_answers boolean)
returns table (
    id uuid, assessment_id uuid, version_id uuid, learner_id uuid, attempt_no integer, status text, seed text,
    question_ids uuid[], sequence integer, started_at timestamptz, finished_at timestamptz, score_micro bigint,
    max_micro bigint, penalty_percent integer, extra_time_percent integer, extra_time_seconds integer,
    extra_attempts integer, own_closes_at timestamptz, answers text
) language plpgsql set search_path = pg_catalog, public as $$
#variable_conflict use_column
begin
    perform set_config('app.tenant_id', p_tenant::text, true);
    return query
    select t.id, t.assessment_id, t.version_id, t.learner_id, t.attempt_no, t.status, t.seed, t.question_ids,
        t.sequence, t.started_at, t.finished_at, t.score_micro, t.max_micro, t.penalty_percent,
        coalesce(c.extra_time_percent, 0), coalesce(c.extra_time_seconds, 0), coalesce(c.extra_attempts, 0),
        c.closes_at,
        case when p_with_answers then (
            select coalesce(jsonb_object_agg(a.question_id, a.entries), '{}')::text from assessment_answer a
            where a.tenant_id = p_tenant and a.attempt_id = p_attempt
        ) end
    from assessment_attempt t
    left join assessment_accommodation c
        on c.tenant_id = t.tenant_id and c.assessment_id = t.assessment_id and c.learner_id = t.learner_id
    where t.tenant_id = p_tenant and t.id = p_attempt;
end $$
"""

# One row for each answer kept, with the end as it is now; none when the attempt is finished or its time is over.
# The attempt's row lock orders the sequence and keeps answers from slipping in behind a grade.
SAVE = """
create function assessment_save(p_tenant uuid, p_attempt uuid, p_now timestamptz, p_answers jsonb)
returns table (question_id uuid, sequence integer, saves_until timestamptz)
language plpgsql set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare
    many integer;
    last integer;
    until timestamptz;
begin
    perform set_config('app.tenant_id', p_tenant::text, true);
    select count(*) into many from jsonb_object_keys(p_answers);
    update assessment_attempt t set sequence = t.sequence + many
    where t.tenant_id = p_tenant and t.id = p_attempt and t.status = 'in_progress'
        and (t.saves_until is null or p_now <= t.saves_until)
    returning t.sequence, t.saves_until into last, until;
    if not found then
        return;
    end if;
    return query
    insert into assessment_answer as a (tenant_id, attempt_id, question_id, sequence, saved_at, entries)
    select p_tenant, p_attempt, e.key::uuid, (last - many + e.place)::integer, p_now, e.value
    from jsonb_each(p_answers) with ordinality as e (key, value, place)
    on conflict (tenant_id, attempt_id, question_id) do update
    set sequence = excluded.sequence, saved_at = excluded.saved_at, entries = excluded.entries
    returning a.question_id, a.sequence, until;
end $$
"""

# True when this call finished the attempt. It is refused when the attempt is finished, or when an answer was
# saved since the caller looked (`p_seen`): the caller looks again.
FINISH = """
create function assessment_finish(
    p_tenant uuid, p_attempt uuid, p_seen integer, p_status text, p_now timestamptz, p_score bigint, p_max bigint,
    p_results jsonb, p_arriving jsonb, p_late jsonb, p_penalty integer, p_event uuid, p_payload jsonb
) returns boolean language plpgsql set search_path = pg_catalog, public as $$
declare
    many integer;
begin
    perform set_config('app.tenant_id', p_tenant::text, true);
    select count(*) into many from jsonb_object_keys(p_arriving);
    update assessment_attempt t set
        status = p_status, finished_at = p_now, score_micro = p_score, max_micro = p_max, results = p_results,
        late_answers = p_late, penalty_percent = p_penalty, sequence = t.sequence + many
    where t.tenant_id = p_tenant and t.id = p_attempt and t.status = 'in_progress' and t.sequence = p_seen;
    if not found then
        return false;
    end if;
    insert into assessment_answer (tenant_id, attempt_id, question_id, sequence, saved_at, entries)
    select p_tenant, p_attempt, e.key::uuid, (p_seen + e.place)::integer, p_now, e.value
    from jsonb_each(p_arriving) with ordinality as e (key, value, place)
    on conflict (tenant_id, attempt_id, question_id) do update
    set sequence = excluded.sequence, saved_at = excluded.saved_at, entries = excluded.entries;
    insert into platform_outbox (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at)
    values (p_event, 'attempt', p_attempt, 'assessment.attempt_submitted', p_payload, p_tenant, p_now);
    return true;
end $$
"""

# The organisations in which the sweep has something to do; served by ix_assessment_attempt_sweep.
OVERDUE = """
create function assessment_tenants_with_overdue(moment timestamptz) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public as $$
    select distinct tenant_id from assessment_attempt where status = 'in_progress' and sweep_at < moment
$$
"""


def upgrade() -> None:
    run(*TABLES)
    for table in PROTECTED:
        protect_tenant_table(table)
    # Versions and judgements are history: written once.
    run(
        "revoke update, delete on assessment_version from scholr_app",
        "revoke update, delete on assessment_override from scholr_app",
        BEGIN,
        STATE,
        SAVE,
        FINISH,
    )
    open_to_definer("assessment_attempt", "select (tenant_id, status, sweep_at)")
    definer_function("assessment_tenants_with_overdue(timestamptz)", OVERDUE, to="scholr_worker")
