"""JSON: completions, sittings, progress, completion rules."""

from uuid import UUID

from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.learning.model import CompletionRule
from scholr.contexts.learning.queries.rules import CourseRule
from scholr.contexts.learning.schemas import (
    CompleteLesson,
    LearnerProgressList,
    LearnerProgressOut,
    ProgressOut,
    ReportView,
    RuleIn,
)
from scholr.contexts.learning.service import facts, reading, rules
from scholr.contexts.learning.service.progress import Standing
from scholr.kernel.ids import MembershipId
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["learning"]


@api.post(
    "/api/courses/{course_id:uuid}/lessons/{lesson_id:uuid}/complete",
    tags=TAGS,
    summary="Record that a lesson was completed",
    status_code=200,
)
async def complete_lesson(
    course_id: FromPath[UUID],
    lesson_id: FromPath[UUID],
    data: JSONBody[CompleteLesson],
    actor: TheActor,
    platform: ThePlatform,
) -> ProgressOut:
    learner = MembershipId(data.learner_id) if data.learner_id else None
    found = await facts.complete_lesson(platform, actor, course_id=course_id, lesson_id=lesson_id, learner_id=learner)
    return _progress(found)


@api.post(
    "/api/courses/{course_id:uuid}/lessons/{lesson_id:uuid}/views",
    tags=TAGS,
    summary="Report how long a sitting lasted",
    status_code=204,
)
async def report_view(
    course_id: FromPath[UUID],
    lesson_id: FromPath[UUID],
    data: JSONBody[ReportView],
    actor: TheActor,
    platform: ThePlatform,
) -> None:
    await facts.report_view(
        platform, actor, course_id=course_id, lesson_id=lesson_id, view_id=data.view_id, seconds=data.seconds
    )


@api.get("/api/courses/{course_id:uuid}/progress", tags=TAGS, summary="Where a learner stands in a course")
async def course_progress(
    course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform, learner_id: FromQuery[UUID | None] = None
) -> ProgressOut:
    learner = MembershipId(learner_id) if learner_id else None
    return _progress(await reading.course_standing(platform, actor, course_id=course_id, learner_id=learner))


@api.get("/api/progress", tags=TAGS, summary="Where a learner stands, course by course")
async def progress_list(
    actor: TheActor, platform: ThePlatform, learner_id: FromQuery[UUID | None] = None
) -> LearnerProgressList:
    learner = MembershipId(learner_id) if learner_id else None
    found = await reading.progress_list(platform, actor, learner_id=learner)
    return LearnerProgressList(
        [LearnerProgressOut(p.course_id, p.done, p.total, p.percent, p.last_seen_at, p.completed_at) for p in found]
    )


@api.get("/api/courses/{course_id:uuid}/completion-rule", tags=TAGS, summary="What completes a course")
async def get_rule(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> RuleIn:
    return _rule(await reading.rule_of(platform, actor, course_id=course_id))


@api.put("/api/courses/{course_id:uuid}/completion-rule", tags=TAGS, summary="Say what completes a course")
async def put_rule(course_id: FromPath[UUID], data: JSONBody[RuleIn], actor: TheActor, platform: ThePlatform) -> RuleIn:
    rule = CompletionRule(
        all_lessons=data.all_lessons, min_score_bp=data.min_score_bp, min_view_seconds=data.min_view_seconds
    )
    wanted = CourseRule(rule, data.certificate, data.valid_months, tuple(data.assessment_ids))
    return _rule(await rules.set_rule(platform, actor, course_id=course_id, rule=wanted))


def _progress(found: Standing) -> ProgressOut:
    return ProgressOut(
        course_id=found.course_id,
        done=found.progress.done,
        total=found.progress.total,
        percent=found.progress.percent,
        complete=found.progress.complete,
        missing=list(found.progress.missing),
        resume_lesson=found.progress.resume,
        next_lesson=found.progress.next,
        completed_lessons=sorted(found.record.completed),
        completed_at=found.record.completed_at,
    )


def _rule(found: CourseRule) -> RuleIn:
    return RuleIn(
        all_lessons=found.rule.all_lessons,
        min_score_bp=found.rule.min_score_bp,
        min_view_seconds=found.rule.min_view_seconds,
        assessment_ids=list(found.assessment_ids),
        certificate=found.certificate,
        valid_months=found.valid_months,
    )


ROUTES = (complete_lesson, report_view, course_progress, progress_list, get_rule, put_rule)
