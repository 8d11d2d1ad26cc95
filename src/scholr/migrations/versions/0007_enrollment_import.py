"""Bringing in many people from a file: what it says, what was done, and the statement that seats them together."""

from scholr.migrations.ddl import TENANT_COLUMN, TIMESTAMPS, protect_tenant_table, run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


# `file` is what was sent, until it has been read into rows; `done` counts rows of the step that is running.
IMPORT = f"""
create table enrollment_import (
    {TENANT_COLUMN},
    id uuid not null,
    filename text not null,
    status text not null,
    cohort_id uuid,
    may_wait boolean not null default false,
    author_id uuid,
    file bytea,
    problem text,
    total integer not null default 0,
    done integer not null default 0,
    started_at timestamptz,
    finished_at timestamptz,
    {TIMESTAMPS},
    constraint pk_enrollment_import primary key (tenant_id, id),
    constraint fk_enrollment_import_tenant_id_cohort_id foreign key (tenant_id, cohort_id)
        references enrollment_cohort (tenant_id, id),
    constraint ck_enrollment_import_status
        check (status in ('checking', 'ready', 'unreadable', 'running', 'done', 'undoing', 'undone'))
)
"""

# What a row says, what it will do (`action`), and what it did (`seat`, `created`) once it is `done`.
# `member_id` is the person's, or for an `add` the one that the new membership will get.
IMPORT_ROW = f"""
create table enrollment_import_row (
    {TENANT_COLUMN},
    import_id uuid not null,
    row integer not null,
    email text not null,
    name text not null,
    role text not null,
    cohort text not null,
    course text not null,
    cohort_id uuid,
    course_id uuid,
    member_id uuid,
    action text not null,
    problems jsonb not null default '[]',
    done boolean not null default false,
    created boolean,
    seat text,
    constraint pk_enrollment_import_row primary key (tenant_id, import_id, row),
    constraint fk_enrollment_import_row_tenant_id_import_id foreign key (tenant_id, import_id)
        references enrollment_import (tenant_id, id) on delete cascade,
    constraint ck_enrollment_import_row_action check (action in ('add', 'enrol', 'same', 'error', 'left_out'))
)
"""

INDEXES = (
    "create index ix_enrollment_import_row_action on enrollment_import_row (tenant_id, import_id, action, row)",
    "create index ix_enrollment_import_row_email on enrollment_import_row (tenant_id, import_id, email)",
)

# Many learners into one cohort, in the order given; the cohort's row is locked for this one statement. Outcomes as
# seats: active, waitlisted, existing, full, closed, no_learner, no_cohort.
ENROL_MANY = """
create function enrollment_enrol_many(
    in_tenant uuid, in_cohort uuid, in_import uuid, in_learners uuid[], in_ids uuid[], in_events uuid[],
    in_at timestamptz, in_may_wait boolean, in_trace text
) returns table (who uuid, seat text) language plpgsql volatile as $$
declare
    c enrollment_cohort%rowtype;
    free integer;
    by_whom uuid;
begin
    select i.author_id into by_whom from enrollment_import i where i.tenant_id = in_tenant and i.id = in_import;
    select k.* into c from enrollment_cohort k
    where k.tenant_id = in_tenant and k.id = in_cohort for no key update;
    if not found then
        return query select l, 'no_cohort' from unnest(in_learners) l;
        return;
    end if;
    free := case when c.status <> 'open' or c.ends_at <= in_at then 0
                 else greatest(0, c.capacity - c.taken - c.waiting) end;

    return query
    with given as (
        select g.learner, g.id, g.event, g.position, e.status as had,
               exists (select from identity_member m
                       where m.tenant_id = in_tenant and m.id = g.learner and m.status = 'active') as known
        from unnest(in_learners, in_ids, in_events) with ordinality as g (learner, id, event, position)
        left join enrollment_enrollment e
            on e.tenant_id = in_tenant and e.cohort_id = in_cohort and e.learner_id = g.learner
    ), ranked as (
        select g.*, row_number() over (order by position) as rank
        from given g where g.known and (g.had is null or g.had not in ('active', 'waitlisted'))
    ), decided as (
        select r.*, case when r.rank <= free then 'active'
                         when c.status <> 'open' or c.ends_at <= in_at then 'closed'
                         when in_may_wait and c.waitlist then 'waitlisted'
                         else 'full' end as seat
        from ranked r
    ), written as (
        insert into enrollment_enrollment as e
            (tenant_id, id, cohort_id, course_id, learner_id, status, place, since, import_id, enrolled_by)
        select in_tenant, d.id, in_cohort, c.course_id, d.learner, d.seat,
               case when d.seat = 'waitlisted' then c.last_place + d.rank end,
               case when d.seat = 'active' then in_at end, in_import, by_whom
        from decided d where d.seat in ('active', 'waitlisted')
        on conflict (tenant_id, cohort_id, learner_id) do update
            set status = excluded.status, place = excluded.place, since = excluded.since,
                ended_at = null, import_id = excluded.import_id, enrolled_by = excluded.enrolled_by,
                updated_at = in_at
        returning e.id, e.learner_id, e.status
    ), told as (
        insert into platform_outbox
            (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at, traceparent)
        select d.event, 'enrollment', w.id,
               case w.status when 'active' then 'enrollment.learner_enrolled' else 'enrollment.learner_waitlisted' end,
               jsonb_strip_nulls(jsonb_build_object('cohort_id', in_cohort, 'course_id', c.course_id,
                                                    'learner_id', w.learner_id, 'enrolled_by', by_whom)),
               in_tenant, in_at, in_trace
        from written w join decided d on d.learner = w.learner_id
    ), counted as (
        update enrollment_cohort k
        set taken = k.taken + n.active, waiting = k.waiting + n.queued, last_place = k.last_place + n.ranks
        from (select count(*) filter (where w.status = 'active') as active,
                     count(*) filter (where w.status = 'waitlisted') as queued, (select count(*) from ranked) as ranks
              from written w) n
        where k.tenant_id = in_tenant and k.id = in_cohort and n.active + n.queued > 0
    )
    select g.learner, coalesce(d.seat, case when g.known then 'existing' else 'no_learner' end)
    from given g left join decided d on d.learner = g.learner;
end $$
"""


def upgrade() -> None:
    run(IMPORT, IMPORT_ROW, *INDEXES, ENROL_MANY)
    protect_tenant_table("enrollment_import")
    protect_tenant_table("enrollment_import_row")
