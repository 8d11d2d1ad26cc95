"""The JSON routes of learning."""

from uuid import UUID

from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.learning import certificates, reading, service
from scholr.contexts.learning.model import CompletionRule
from scholr.contexts.learning.queries import CertificateView, CourseRule
from scholr.contexts.learning.schemas import (
    CertificateOut,
    CertificatesOut,
    CompleteLesson,
    LearnerProgressList,
    LearnerProgressOut,
    ProgressOut,
    ReportView,
    RevokeCertificate,
    RuleIn,
    VerifiedOut,
)
from scholr.contexts.learning.service import Standing
from scholr.kernel.ids import MembershipId
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform

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
    found = await service.complete_lesson(platform, actor, course_id=course_id, lesson_id=lesson_id, learner_id=learner)
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
    await service.report_view(
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
    return _rule(await service.set_rule(platform, actor, course_id=course_id, rule=wanted))


@api.get("/api/certificates", tags=TAGS, summary="A learner's certificates")
async def list_certificates(
    actor: TheActor, platform: ThePlatform, learner_id: FromQuery[UUID | None] = None
) -> CertificatesOut:
    learner = MembershipId(learner_id) if learner_id else None
    found = await reading.certificates(platform, actor, learner_id=learner)
    return CertificatesOut([_certificate(platform, each) for each in found])


@api.get("/api/certificates/{certificate_id:uuid}", tags=TAGS, summary="One certificate")
async def get_certificate(certificate_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> CertificateOut:
    found = await reading.access_certificate(platform, actor, certificate_id=certificate_id)
    return _certificate(platform, found)


@api.post(
    "/api/certificates/{certificate_id:uuid}/revoke", tags=TAGS, summary="Declare a certificate void", status_code=204
)
async def revoke_certificate(
    certificate_id: FromPath[UUID], data: JSONBody[RevokeCertificate], actor: TheActor, platform: ThePlatform
) -> None:
    await certificates.revoke_certificate(platform, actor, certificate_id=certificate_id, reason=data.reason)


@api.get("/api/verify/{code:str}", tags=TAGS, summary="Verify a certificate; needs no credentials")
async def verify_certificate(code: FromPath[str], platform: ThePlatform) -> VerifiedOut:
    found = await reading.verify(platform, code)
    return VerifiedOut(
        found.number,
        found.learner_name,
        found.course_title,
        found.organization_name,
        found.issued_at,
        found.expires_at,
        found.state(platform.clock.now()),
    )


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


def _certificate(platform: Platform, found: CertificateView) -> CertificateOut:
    return CertificateOut(
        found.id,
        found.course_id,
        found.learner_id,
        found.number,
        found.code,
        found.learner_name,
        found.course_title,
        found.organization_name,
        found.issued_at,
        found.expires_at,
        found.state(platform.clock.now()),
        f"{platform.http.public_url}/verify/{found.code}",
    )


ROUTES = (
    complete_lesson,
    report_view,
    course_progress,
    progress_list,
    get_rule,
    put_rule,
    list_certificates,
    get_certificate,
    revoke_certificate,
    verify_certificate,
)
