"""Cohorts, enrolments, and the one statement that gives a seat."""

from scholr.migrations.ddl import TENANT_COLUMN, TIMESTAMPS, protect_tenant_table, run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# fillfactor: a cohort's counters change with every seat; with room on the page the update stays in place (HOT).
COHORT = f"""
create table enrollment_cohort (
    {TENANT_COLUMN},
    id uuid not null,
    course_id uuid not null,
    name text not null,
    mode text not null default 'self',
    status text not null default 'open',
    waitlist boolean not null default true,
    capacity integer not null,
    taken integer not null default 0,
    waiting integer not null default 0,
    last_place bigint not null default 0,
    opens_at timestamptz,
    closes_at timestamptz,
    starts_at timestamptz,
    ends_at timestamptz,
    {TIMESTAMPS},
    constraint pk_enrollment_cohort primary key (tenant_id, id),
    constraint ck_enrollment_cohort_capacity check (capacity between 1 and 1000000),
    constraint ck_enrollment_cohort_seats check (taken between 0 and capacity),
    constraint ck_enrollment_cohort_waiting check (waiting >= 0),
    constraint ck_enrollment_cohort_mode check (mode in ('self', 'approval', 'staff')),
    constraint ck_enrollment_cohort_status check (status in ('open', 'closed')),
    constraint ck_enrollment_cohort_window check (opens_at < closes_at),
    constraint ck_enrollment_cohort_dates check (starts_at < ends_at)
) with (fillfactor = 50)
"""

ENROLLMENT = f"""
create table enrollment_enrollment (
    {TENANT_COLUMN},
    id uuid not null,
    cohort_id uuid not null,
    course_id uuid not null,
    learner_id uuid not null,
    status text not null,
    place bigint,
    since timestamptz,
    ended_at timestamptz,
    extended_until timestamptz,
    import_id uuid,
    enrolled_by uuid,
    {TIMESTAMPS},
    constraint pk_enrollment_enrollment primary key (tenant_id, id),
    constraint fk_enrollment_enrollment_tenant_id_cohort_id foreign key (tenant_id, cohort_id)
        references enrollment_cohort (tenant_id, id),
    constraint ck_enrollment_enrollment_status
        check (status in ('active', 'pending', 'waitlisted', 'withdrawn', 'declined')),
    constraint ck_enrollment_enrollment_place check ((status = 'waitlisted') = (place is not null)),
    constraint ck_enrollment_enrollment_since check (status <> 'active' or since is not null)
) with (fillfactor = 80)
"""

INSTRUCTOR = f"""
create table enrollment_instructor (
    {TENANT_COLUMN},
    cohort_id uuid not null,
    instructor_id uuid not null,
    {TIMESTAMPS},
    constraint pk_enrollment_instructor primary key (tenant_id, cohort_id, instructor_id),
    constraint fk_enrollment_instructor_tenant_id_cohort_id foreign key (tenant_id, cohort_id)
        references enrollment_cohort (tenant_id, id)
)
"""

# Built from what learning announces; read when somebody wants to enter a course that comes after another.
FINISHED = f"""
create table enrollment_finished (
    {TENANT_COLUMN},
    learner_id uuid not null,
    course_id uuid not null,
    finished_at timestamptz not null,
    constraint pk_enrollment_finished primary key (tenant_id, learner_id, course_id)
)
"""

INDEXES = (
    "create index ix_enrollment_cohort_course on enrollment_cohort (tenant_id, course_id, id)",
    "create unique index uq_enrollment_enrollment_learner on enrollment_enrollment (tenant_id, cohort_id, learner_id)",
    "create index ix_enrollment_enrollment_of_learner on enrollment_enrollment (tenant_id, learner_id, course_id)",
    "create index ix_enrollment_enrollment_of_course on enrollment_enrollment (tenant_id, course_id, learner_id)"
    " where status = 'active'",
    "create unique index uq_enrollment_enrollment_place on enrollment_enrollment (tenant_id, cohort_id, place)"
    " where status = 'waitlisted'",
    # Every view of a cohort counts its requests; without this it would look at each enrolment.
    "create index ix_enrollment_enrollment_pending on enrollment_enrollment (tenant_id, cohort_id)"
    " where status = 'pending'",
    "create index ix_enrollment_enrollment_import on enrollment_enrollment (tenant_id, import_id)"
    " where import_id is not null",
    "create index ix_enrollment_instructor_of on enrollment_instructor (tenant_id, instructor_id)",
)

# Writes one enrolment with its event; null when the learner already has a living one here, which then stands.
PUT = """
create function enrollment_put(
    in_tenant uuid, in_cohort uuid, in_course uuid, in_learner uuid, in_id uuid, in_event uuid, in_at timestamptz,
    in_by_self boolean, in_status text, in_place bigint, in_by uuid, in_trace text
) returns uuid language plpgsql volatile as $$
declare written uuid;
begin
    insert into enrollment_enrollment as e
        (tenant_id, id, cohort_id, course_id, learner_id, status, place, since, enrolled_by)
    values (in_tenant, in_id, in_cohort, in_course, in_learner, in_status, in_place,
            case when in_status = 'active' then in_at end, in_by)
    on conflict (tenant_id, cohort_id, learner_id) do update
        set status = excluded.status, place = excluded.place, since = excluded.since,
            enrolled_by = excluded.enrolled_by, ended_at = null, import_id = null, updated_at = in_at
        where e.status not in ('active', 'waitlisted')
          and not (in_by_self and e.status in ('pending', 'declined'))
    returning e.id into written;
    if written is not null then
        insert into platform_outbox
            (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at, traceparent)
        values (in_event, 'enrollment', written,
            case in_status when 'active' then 'enrollment.learner_enrolled'
                           when 'pending' then 'enrollment.enrolment_requested'
                           else 'enrollment.learner_waitlisted' end,
            jsonb_strip_nulls(jsonb_build_object(
                'cohort_id', in_cohort, 'course_id', in_course, 'learner_id', in_learner, 'enrolled_by', in_by)),
            in_tenant, in_at, in_trace);
    end if;
    return written;
end $$
"""

# Outcomes: created (a row got `status`), existing (nothing changed), and the refusals no_cohort, no_learner, closed,
# not_open, staff_only, declined, full. Run in READ COMMITTED, where each statement of a volatile function sees what
# was committed before that statement began. So the first look needs no lock: a learner who is in stays in, and
# whoever is not is decided by the counter's update, whose lock is held from there to the end of this one statement.
ENROL = """
create function enrollment_enrol(
    in_tenant uuid, in_cohort uuid, in_learner uuid, in_id uuid, in_event uuid, in_at timestamptz,
    in_by_self boolean, in_may_wait boolean, in_instructor uuid, in_by uuid, in_trace text,
    out outcome text, out enrollment_id uuid, out status text, out place bigint, out course_id uuid,
    out enrolled_by uuid
) language plpgsql volatile as $$
declare
    c enrollment_cohort%rowtype;
    given text;
begin
    perform set_config('app.tenant_id', in_tenant::text, true);
    if in_instructor is not null and not exists (
        select from enrollment_instructor i
        where i.tenant_id = in_tenant and i.cohort_id = in_cohort and i.instructor_id = in_instructor
    ) then
        outcome := 'no_cohort';
        return;
    end if;
    select f.* into outcome, enrollment_id, status, place, course_id, enrolled_by
    from enrollment_found(in_tenant, in_cohort, in_learner, in_by_self) f;
    if outcome is not null then
        return;
    end if;
    if not exists (
        select from identity_member m where m.tenant_id = in_tenant and m.id = in_learner and m.status = 'active'
    ) then
        outcome := 'no_learner';
        return;
    end if;

    update enrollment_cohort k set taken = k.taken + 1
    where k.tenant_id = in_tenant and k.id = in_cohort
      and k.taken + k.waiting < k.capacity and k.status = 'open'
      and (k.ends_at is null or k.ends_at > in_at)
      and (not in_by_self or (k.mode = 'self' and (k.opens_at is null or k.opens_at <= in_at)
                              and (k.closes_at is null or k.closes_at > in_at)))
    returning k.* into c;
    if found then
        given := 'active';
        place := null;
    else
        select w.* into outcome, given, place, c.course_id
        from enrollment_without_seat(in_tenant, in_cohort, in_at, in_by_self, in_may_wait) w;
    end if;

    if outcome is null then
        course_id := c.course_id;
        enrollment_id := enrollment_put(in_tenant, in_cohort, course_id, in_learner, in_id, in_event, in_at,
                                        in_by_self, given, place, in_by, in_trace);
        if enrollment_id is not null then
            outcome := 'created';
            status := given;
            enrolled_by := in_by;
            return;
        end if;
        -- A twin of this request was faster: give back what was taken; nobody saw it.
        update enrollment_cohort k
        set taken = k.taken - (given = 'active')::int, waiting = k.waiting - (given = 'waitlisted')::int
        where k.tenant_id = in_tenant and k.id = in_cohort and given <> 'pending';
    elsif outcome <> 'full' then
        return;
    end if;
    -- Full, or a twin: the twin may also have taken the very last seat, so look once more.
    select f.* into outcome, enrollment_id, status, place, course_id, enrolled_by
    from enrollment_found(in_tenant, in_cohort, in_learner, in_by_self) f;
    outcome := coalesce(outcome, 'full');
end $$
"""

# What the learner has here already, when that stands against a new enrolment; an outcome of null when nothing does.
FOUND = """
create function enrollment_found(
    in_tenant uuid, in_cohort uuid, in_learner uuid, in_by_self boolean,
    out outcome text, out enrollment_id uuid, out status text, out place bigint, out course_id uuid,
    out enrolled_by uuid
) language sql stable as $$
    select case when e.status in ('active', 'waitlisted') or (e.status = 'pending' and in_by_self) then 'existing'
                when e.status = 'declined' and in_by_self then 'declined' end,
           e.id, e.status, e.place, e.course_id, e.enrolled_by
    from enrollment_enrollment e
    where e.tenant_id = in_tenant and e.cohort_id = in_cohort and e.learner_id = in_learner
$$
"""

# Why there is no seat: a refusal, or else a request (pending) or a place in the queue, which locks the cohort.
WITHOUT_SEAT = """
create function enrollment_without_seat(
    in_tenant uuid, in_cohort uuid, in_at timestamptz, in_by_self boolean, in_may_wait boolean,
    out outcome text, out given text, out place bigint, out course_id uuid
) language plpgsql volatile as $$
declare c enrollment_cohort%rowtype;
begin
    select k.* into c from enrollment_cohort k where k.tenant_id = in_tenant and k.id = in_cohort;
    outcome := case
        when not found then 'no_cohort'
        when c.status <> 'open' or c.ends_at <= in_at then 'closed'
        when in_by_self and c.opens_at > in_at then 'not_open'
        when in_by_self and c.closes_at <= in_at then 'closed'
        when in_by_self and c.mode = 'staff' then 'staff_only'
        when in_by_self and c.mode = 'approval' then null
        when not (in_may_wait and c.waitlist) then 'full'
    end;
    course_id := c.course_id;
    given := 'pending';
    if outcome is null and not (in_by_self and c.mode = 'approval') then
        -- Queued only while it is still full; a seat that became free meanwhile is taken instead.
        select case when k.taken + k.waiting < k.capacity then 'active' else 'waitlisted' end into given
        from enrollment_cohort k
        where k.tenant_id = in_tenant and k.id = in_cohort and k.status = 'open' for no key update;
        update enrollment_cohort k
        set taken = k.taken + (given = 'active')::int,
            waiting = k.waiting + (given = 'waitlisted')::int,
            last_place = k.last_place + (given = 'waitlisted')::int
        where k.tenant_id = in_tenant and k.id = in_cohort and k.status = 'open'
        returning case when given = 'waitlisted' then k.last_place end into place;
        if not found then
            outcome := 'closed';
        end if;
    end if;
end $$
"""

# Published to learning, which joins it with progress to say who of a cohort needs somebody: counted, sorted and paged
# in one statement over everybody. security_invoker: the reader's row-level security applies, not the owner's.
SEAT = """
create view enrollment_seat with (security_invoker = true) as
    select tenant_id, id, cohort_id, course_id, learner_id, since, extended_until
    from enrollment_enrollment where status = 'active'
"""


def upgrade() -> None:
    run(COHORT, ENROLLMENT, INSTRUCTOR, FINISHED, *INDEXES)
    protect_tenant_table("enrollment_cohort")
    protect_tenant_table("enrollment_enrollment")
    protect_tenant_table("enrollment_instructor")
    protect_tenant_table("enrollment_finished")
    run(SEAT, "grant select on enrollment_seat to scholr_app")
    run(PUT, FOUND, WITHOUT_SEAT, ENROL)
