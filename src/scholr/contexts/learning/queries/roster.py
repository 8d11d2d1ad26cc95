"""Who of a cohort stands where: counted over everybody, and paged, in SQL.

Joins two published views: enrollment's seats and identity's members (docs/adr/0011). The groups are those of
`pacing.Measure`; a test holds the SQL to it.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.learning.pacing import AHEAD_BY, BEHIND_BY, QUIET_AFTER, Measure, Need, PaceGroup
from scholr.kernel.errors import Invalid
from scholr.kernel.ids import MembershipId
from scholr.kernel.text import text_problem
from scholr.platform.db.statement import Statement, statement
from scholr.platform.db.unit import ReadUnit

ROSTER_SORTS = ("standing", "name", "reached", "seen", "average")
NAMED = 3
"""How many people a figure names as examples."""


@dataclass(frozen=True, slots=True)
class CohortOf:
    """A cohort, its course, and what its people are measured against."""

    cohort_id: UUID
    course_id: UUID
    measure: Measure


@dataclass(frozen=True, slots=True)
class RosterFigure:
    """How many people share a group, a need and a number of finished lessons, and when they were in the course.

    `some` are the first few of everybody with that need.
    """

    group: PaceGroup
    need: Need | None
    done: int
    people: int
    never_seen: int
    first_seen: datetime | None
    last_seen: datetime | None
    some: tuple[MembershipId, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """`text` is looked for in names and addresses, whatever its case. "" and None do not narrow."""

    text: str = ""
    group: PaceGroup | None = None
    need: Need | None = None


@dataclass(frozen=True, slots=True)
class RosterLine:
    """Somebody with a seat. `percent` of lessons; `seen_at` None for somebody who was never in the course."""

    enrollment_id: UUID
    learner_id: MembershipId
    name: str
    email: str
    since: datetime
    extended_until: datetime | None
    done: int
    percent: int
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class RosterPage:
    """`matching` counts everybody who fits, on whichever page; `before` and `after` are the cursors around this one."""

    lines: Sequence[RosterLine]
    matching: int
    before: str | None
    after: str | None


# Everybody with a seat in cohort $2 of course $3 with $4 lessons, of which $5 are expected by now; who was last here
# before $6 is quiet. The seats by uq_enrollment_enrollment_learner, progress by its primary key.
_LINE = f"""
    line as (
        select s.id, s.learner_id, s.since, s.extended_until, v.done, v.percent, v.seen, g.stands,
            case when g.stands in ('behind', 'quiet') then
                case when v.seen <= $6 then 'silent' when v.done = 0 then 'absent' else 'slow' end
            end as need
        from enrollment_seat s
        left join learning_progress p on p.tenant_id = $1 and p.learner_id = s.learner_id and p.course_id = $3
        cross join lateral (
            select least(coalesce(p.done, 0), $4::integer) as done, coalesce(p.percent, 0) as percent,
                p.last_seen_at as seen
        ) v
        cross join lateral (
            select case
                when $4 > 0 and v.done >= $4 then 'done'
                when v.done - $5::integer <= {BEHIND_BY} then 'behind'
                when v.seen is null or v.done = 0 then 'idle'
                when v.seen <= $6::timestamptz then 'quiet'
                when v.done - $5 >= {AHEAD_BY} then 'ahead'
                else 'pace'
            end as stands
        ) g
        where s.tenant_id = $1 and s.cohort_id = $2
    )
"""

# A row for each group, need and number of lessons: at most a few for each lesson of the course.
_FIGURES = statement(f"""
    with {_LINE}, ranked as (
        select line.*, row_number() over (partition by need order by done, id) as place from line
    )
    select stands, need, done, count(*) as people, count(*) filter (where seen is null) as never_seen,
        min(seen) as first_seen, max(seen) as last_seen,
        array_agg(learner_id order by place) filter (where need is not null and place <= {NAMED}) as some
    from ranked group by stands, need, done
""")

# Narrowed by text $7, group $8 and need $9, each with its place in the order $10: a number, the name where the order is
# by name, the id. Averages are learning's own (what assessment announced last). `limit 1` keeps the members' primary
# key in use: a join would read every member of the organisation. What the order does not need is not looked up.
_FITTING = f"""
    with {_LINE}, fitting as (
        select line.*, case when $10::text = 'name' then m.name else '' end as word,
            coalesce(case $10
                when 'standing' then
                    array_position(array['behind', 'quiet', 'idle', 'pace', 'ahead', 'done'], line.stands)
                    * 1000000.0 + line.done
                when 'reached' then line.done * 1000.0 + line.percent
                when 'seen' then extract(epoch from line.seen)
                when 'average' then a.points
            end::double precision, -1) as rank
        from line
        left join lateral (
            select lower(i.display_name) as name, lower(i.email) as email from identity_member i
            where ($10 = 'name' or $7::text <> '') and i.tenant_id = $1 and i.id = line.learner_id limit 1
        ) m on true
        left join lateral (
            select avg(c.percentage_bp) as points from learning_score c
            where $10 = 'average' and c.tenant_id = $1 and c.learner_id = line.learner_id and c.course_id = $3
        ) a on true
        where ($7 = '' or strpos(m.name, lower($7)) > 0 or strpos(m.email, lower($7)) > 0)
          and ($8::text = '' or line.stands = $8) and ($9::text = '' or line.need = $9)
    )
"""


def _pages(direction: str, beyond: str) -> Statement:
    return statement(f"""
        {_FITTING}, shown as (
            select fitting.*, (select count(*) from fitting) as matching from fitting
            where $11::double precision is null or (rank, word, id) {beyond} ($11, $12::text, $13::uuid)
            order by rank {direction}, word {direction}, id {direction} limit $14
        )
        select s.id, s.learner_id, m.display_name, m.email, s.since, s.extended_until, s.done, s.percent, s.seen,
            s.rank, s.word, s.matching
        from shown s
        cross join lateral (
            select i.display_name, i.email from identity_member i
            where i.tenant_id = $1 and i.id = s.learner_id limit 1
        ) m
        order by s.rank {direction}, s.word {direction}, s.id {direction}
    """)


_FORWARD, _BACKWARD = _pages("asc", ">"), _pages("desc", "<")

# The enrolments of everybody who fits.
_SEATS = statement(f"{_FITTING} select id from fitting order by id")


async def roster_figures(rx: ReadUnit, cohort: CohortOf) -> list[RosterFigure]:
    """Over everybody with a seat, however many they are."""
    return [
        RosterFigure(
            PaceGroup(row["stands"]),
            Need(row["need"]) if row["need"] else None,
            row["done"],
            row["people"],
            row["never_seen"],
            row["first_seen"],
            row["last_seen"],
            tuple(row["some"] or ()),
        )
        for row in await rx.fetch(_FIGURES, *_measured(cohort))
    ]


async def roster_page(
    rx: ReadUnit,
    cohort: CohortOf,
    wanted: RosterFilter,
    *,
    sort: str = "standing",
    descending: bool = False,
    after: str | None = None,
    before: str | None = None,
    limit: int = 100,
) -> RosterPage:
    """The people who fit, in one of ROSTER_SORTS; who never came, or has no grade, is least.

    `after` goes on behind a cursor, `before` ends in front of one. Raises Invalid for a cursor that is not ours.
    """
    if sort not in ROSTER_SORTS:
        raise ValueError(f"a roster is not sorted by {sort}")
    backwards = before is not None
    place = _place_of(before or after)
    hot = _BACKWARD if backwards != descending else _FORWARD
    rows = await rx.fetch(hot, *_measured(cohort), *_narrowed(wanted), sort, *place, limit + 1)
    more, shown = len(rows) > limit, rows[:limit]
    if backwards:
        shown.reverse()
    first, last = (_cursor_at(shown[0]), _cursor_at(shown[-1])) if shown else (None, None)
    return RosterPage(
        [RosterLine(*tuple(row)[:9]) for row in shown],
        rows[0]["matching"] if rows else 0,
        first if (more if backwards else after) else None,
        last if (backwards or more) else None,
    )


async def roster_seats(rx: ReadUnit, cohort: CohortOf, wanted: RosterFilter) -> list[UUID]:
    """The enrolments of everybody who fits, however many they are."""
    return [row["id"] for row in await rx.fetch(_SEATS, *_measured(cohort), *_narrowed(wanted), "name")]


def _measured(cohort: CohortOf) -> tuple[object, ...]:
    measure = cohort.measure
    return cohort.cohort_id, cohort.course_id, measure.total, measure.expected, measure.now - QUIET_AFTER


def _narrowed(wanted: RosterFilter) -> tuple[str, str, str]:
    return wanted.text.strip(), wanted.group or "", wanted.need or ""


class _Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    rank: float
    word: str
    id: UUID


def _cursor_at(row: asyncpg.Record) -> str:
    found = _Place(row["rank"], row["word"], row["id"])
    return base64.urlsafe_b64encode(msgspec.json.encode(found)).decode().rstrip("=")


def _place_of(cursor: str | None) -> tuple[float | None, str | None, UUID | None]:
    if not cursor:
        return None, None, None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = msgspec.json.decode(packed, type=_Place)
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid("This cursor is not one of ours.", fields={"cursor": "unknown"}) from error
    if not math.isfinite(place.rank) or (place.word and text_problem(place.word, most=400)):
        raise Invalid("This cursor is not one of ours.", fields={"cursor": "unknown"})
    return place.rank, place.word, place.id
