"""Assessments as they are listed and introduced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.assessment.errors import AssessmentNotFound
from scholr.contexts.assessment.model import AssessmentPolicy
from scholr.kernel.ids import TenantId
from scholr.kernel.pagination import Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """`question_count` and `possible_micro` are those of one attempt: of a bank only what is drawn.

    `possible_micro` is None while it depends on which questions are drawn. `course_title` is known where the course
    was looked at.
    """

    id: UUID
    course_id: UUID
    title: str
    hidden: bool
    policy: AssessmentPolicy
    question_count: int
    possible_micro: int | None
    revision: int
    updated_at: datetime
    course_title: str = ""


_COLUMNS = """
    a.id, a.course_id, a.title, a.hidden, a.settings::text as settings, a.revision, a.updated_at,
    (select count(*) from assessment_question q where q.tenant_id = $1 and q.assessment_id = a.id)
        + (select coalesce(sum(d.count), 0) from assessment_draw d where d.tenant_id = $1 and d.assessment_id = a.id)
        as question_count,
    (select coalesce(sum(q.points_micro), 0) from assessment_question q
        where q.tenant_id = $1 and q.assessment_id = a.id) as fixed_micro,
    (select coalesce(sum(d.count * p.most), 0) from assessment_draw d
        cross join lateral (select min(q.points_micro) as least, max(q.points_micro) as most from assessment_question q
            where q.tenant_id = $1 and q.bank_id = d.bank_id) p
        where d.tenant_id = $1 and d.assessment_id = a.id) as drawn_micro,
    exists (select from assessment_draw d join assessment_question q on q.tenant_id = $1 and q.bank_id = d.bank_id
        where d.tenant_id = $1 and d.assessment_id = a.id
        group by d.id having min(q.points_micro) <> max(q.points_micro)) as varies
"""

# One row by primary key; its questions and draws by their position indexes.
_ONE = statement(f"select {_COLUMNS} from assessment_assessment a where a.tenant_id = $1 and a.id = $2")

# A page of one course in the order of making; served by ix_assessment_assessment_course.
_OF_COURSE = statement(
    f"""
    select {_COLUMNS} from assessment_assessment a
    where a.tenant_id = $1 and a.course_id = $2 and ($3 or not a.hidden) and ($4::uuid is null or a.id > $4)
    order by a.id limit $5
    """
)

# As many rows as ids; by primary key.
_MANY = statement(f"select {_COLUMNS} from assessment_assessment a where a.tenant_id = $1 and a.id = any($2::uuid[])")

# One value by primary key.
_POLICY = statement("select settings::text from assessment_assessment where tenant_id = $1 and id = $2")


def _view(row: asyncpg.Record) -> AssessmentView:
    possible = None if row["varies"] else int(row["fixed_micro"] + row["drawn_micro"])
    return AssessmentView(
        row["id"],
        row["course_id"],
        row["title"],
        row["hidden"],
        msgspec.json.decode(row["settings"], type=AssessmentPolicy),
        int(row["question_count"]),
        possible,
        row["revision"],
        row["updated_at"],
    )


async def assessment(rx: ReadUnit, assessment_id: UUID) -> AssessmentView | None:
    row = await rx.fetch_row(_ONE, assessment_id)
    return _view(row) if row else None


async def assessments(rx: ReadUnit, assessment_ids: Sequence[UUID]) -> dict[UUID, AssessmentView]:
    """Those of the ids that exist, hidden ones too."""
    rows = await rx.fetch(_MANY, list(assessment_ids))
    return {row["id"]: _view(row) for row in rows}


async def assessments_of_course(
    rx: ReadUnit, course_id: UUID, *, hidden: bool = False, after: UUID | None = None, limit: int = 50
) -> Page[AssessmentView]:
    """In the order of making; with `hidden`, also those that learners do not see."""
    rows = await rx.fetch(_OF_COURSE, course_id, hidden, after, check_limit(limit) + 1)
    return page_of([_view(row) for row in rows], limit, lambda view: str(view.id))


async def policy_in(rx: ReadUnit, assessment_id: UUID) -> AssessmentPolicy:
    """The settings as they are now; raises AssessmentNotFound."""
    text = await rx.fetch_value(_POLICY, assessment_id)
    if text is None:
        raise AssessmentNotFound
    return msgspec.json.decode(text, type=AssessmentPolicy)


async def live_policy(platform: Platform, tenant_id: TenantId, assessment_id: UUID) -> AssessmentPolicy:
    async with platform.db.read(tenant_id) as rx:
        return await policy_in(rx, assessment_id)
