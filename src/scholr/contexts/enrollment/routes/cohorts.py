"""The JSON routes of cohorts and enrolments."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.enrollment.model import CohortMode, CohortStatus
from scholr.contexts.enrollment.queries.cohorts import CohortView, EnrollmentView
from scholr.contexts.enrollment.schemas import (
    ChangeCohort,
    CohortList,
    CohortOut,
    CreateCohort,
    Enrol,
    EnrollmentList,
    EnrollmentOut,
    Extension,
    HowMany,
    Instructors,
    Message,
    Transfer,
)
from scholr.contexts.enrollment.service import caring, cohorts, enrolling, reading, seats
from scholr.contexts.enrollment.service.cohorts import CohortDraft, draft_of
from scholr.contexts.enrollment.service.enrolling import Enrolled
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

_COHORTS, _ENROLLMENTS = ["cohorts"], ["enrollments"]


@api.post("/api/cohorts", tags=_COHORTS, summary="Open a cohort of a course")
async def create_cohort(data: JSONBody[CreateCohort], actor: TheActor, platform: ThePlatform) -> CohortOut:
    draft = CohortDraft(
        capacity=data.capacity,
        name=data.name,
        mode=CohortMode(data.mode),
        waitlist=data.waitlist,
        opens_at=data.opens_at,
        closes_at=data.closes_at,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
    )
    return _cohort(await cohorts.create_cohort(platform, actor, course_id=data.course_id, draft=draft))


@api.get("/api/cohorts", tags=_COHORTS, summary="List cohorts, the newest first")
async def list_cohorts(
    actor: TheActor,
    platform: ThePlatform,
    course_id: FromQuery[UUID | None] = None,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[UUID | None] = None,
) -> CohortList:
    page = await reading.list_cohorts(platform, actor, course_id=course_id, before=cursor, limit=limit)
    return CohortList([_cohort(each) for each in page.items], page.next_cursor)


@api.get("/api/cohorts/{cohort_id:uuid}", tags=_COHORTS, summary="One cohort")
async def get_cohort(cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> CohortOut:
    return _cohort(await reading.read_cohort(platform, actor, cohort_id=cohort_id))


@api.patch("/api/cohorts/{cohort_id:uuid}", tags=_COHORTS, summary="Change, close or reopen a cohort")
async def change_cohort(
    cohort_id: FromPath[UUID], data: JSONBody[ChangeCohort], actor: TheActor, platform: ThePlatform
) -> CohortOut:
    found = await reading.read_cohort(platform, actor, cohort_id=cohort_id)
    changes = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    draft = replace(draft_of(found), **_typed(changes))
    return _cohort(await cohorts.change_cohort(platform, actor, cohort_id=cohort_id, draft=draft))


@api.put("/api/cohorts/{cohort_id:uuid}/instructors", tags=_COHORTS, summary="Say who runs a cohort")
async def set_instructors(
    cohort_id: FromPath[UUID], data: JSONBody[Instructors], actor: TheActor, platform: ThePlatform
) -> Instructors:
    wanted = [MembershipId(each) for each in data.instructor_ids]
    found = await cohorts.set_instructors(platform, actor, cohort_id=cohort_id, instructor_ids=wanted)
    return Instructors(list(found))


@api.post(
    "/api/cohorts/{cohort_id:uuid}/enrollments",
    tags=_ENROLLMENTS,
    summary="Enrol a learner, or find the enrolment",
    responses=api.found(EnrollmentOut),
)
async def enrol(
    cohort_id: FromPath[UUID], data: JSONBody[Enrol], actor: TheActor, platform: ThePlatform
) -> Response[EnrollmentOut]:
    """201 with a new enrolment, 200 with the same one again, 409 `cohort_full` when every seat is taken."""
    found = await enrolling.enrol(
        platform, actor, cohort_id=cohort_id, learner_id=MembershipId(data.learner_id), may_wait=data.waitlist
    )
    return _enrolled(found)


@api.post(
    "/api/courses/{course_id:uuid}/enrollments",
    tags=_ENROLLMENTS,
    summary="Enrol a learner into the first cohort of a course that has a free seat",
    responses=api.found(EnrollmentOut),
)
async def enrol_by_course(
    course_id: FromPath[UUID], data: JSONBody[Enrol], actor: TheActor, platform: ThePlatform
) -> Response[EnrollmentOut]:
    found = await enrolling.enrol_by_course(
        platform, actor, course_id=course_id, learner_id=MembershipId(data.learner_id), may_wait=data.waitlist
    )
    return _enrolled(found)


@api.get("/api/cohorts/{cohort_id:uuid}/enrollments", tags=_ENROLLMENTS, summary="The roster of a cohort")
async def list_enrollments(
    cohort_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[UUID | None] = None,
) -> EnrollmentList:
    page = await reading.list_enrollments(platform, actor, cohort_id=cohort_id, after=cursor, limit=limit)
    return EnrollmentList([_enrollment(each) for each in page.items], page.next_cursor)


@api.get("/api/enrollments/{enrollment_id:uuid}", tags=_ENROLLMENTS, summary="One enrolment")
async def get_enrollment(enrollment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> EnrollmentOut:
    return _enrollment(await reading.read_enrollment(platform, actor, enrollment_id=enrollment_id))


@api.post(
    "/api/enrollments/{enrollment_id:uuid}/withdraw",
    tags=_ENROLLMENTS,
    summary="Give a seat back; the next in the queue get it",
    status_code=200,
)
async def withdraw(enrollment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> EnrollmentOut:
    return _enrollment(await seats.withdraw(platform, actor, enrollment_id=enrollment_id))


@api.post(
    "/api/enrollments/{enrollment_id:uuid}/approve", tags=_ENROLLMENTS, summary="Admit who asked", status_code=200
)
async def approve(enrollment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> EnrollmentOut:
    return _enrollment(await seats.approve(platform, actor, enrollment_id=enrollment_id))


@api.post(
    "/api/enrollments/{enrollment_id:uuid}/decline", tags=_ENROLLMENTS, summary="Refuse who asked", status_code=200
)
async def decline(enrollment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> EnrollmentOut:
    return _enrollment(await seats.decline(platform, actor, enrollment_id=enrollment_id))


@api.post(
    "/api/enrollments/{enrollment_id:uuid}/transfer",
    tags=_ENROLLMENTS,
    summary="Move a learner into another cohort of the course",
    status_code=200,
)
async def transfer(
    enrollment_id: FromPath[UUID], data: JSONBody[Transfer], actor: TheActor, platform: ThePlatform
) -> EnrollmentOut:
    moved = await seats.transfer(platform, actor, enrollment_id=enrollment_id, cohort_id=data.cohort_id)
    return _enrollment(moved)


@api.post(
    "/api/cohorts/{cohort_id:uuid}/messages", tags=_COHORTS, summary="Write to people of a cohort", status_code=202
)
async def write(cohort_id: FromPath[UUID], data: JSONBody[Message], actor: TheActor, platform: ThePlatform) -> HowMany:
    ids = data.enrollment_ids
    return HowMany(
        await caring.message(
            platform, actor, cohort_id=cohort_id, enrollment_ids=ids, subject=data.subject, text=data.text
        )
    )


@api.post("/api/cohorts/{cohort_id:uuid}/extensions", tags=_COHORTS, summary="Give people more time", status_code=200)
async def extend(
    cohort_id: FromPath[UUID], data: JSONBody[Extension], actor: TheActor, platform: ThePlatform
) -> HowMany:
    ids = data.enrollment_ids
    return HowMany(await caring.extend(platform, actor, cohort_id=cohort_id, enrollment_ids=ids, until=data.until))


def _typed(changes: dict[str, Any]) -> dict[str, Any]:
    """JSON's strings as the model's choices; `schemas` has already checked them."""
    kinds = {"mode": CohortMode, "status": CohortStatus}
    return {name: kinds[name](value) if name in kinds else value for name, value in changes.items()}


def _cohort(found: CohortView) -> CohortOut:
    return msgspec.convert(found, CohortOut, from_attributes=True)


def _enrollment(found: EnrollmentView) -> EnrollmentOut:
    return msgspec.convert(found, EnrollmentOut, from_attributes=True)


def _enrolled(found: Enrolled) -> Response[EnrollmentOut]:
    out = msgspec.convert(found, EnrollmentOut, from_attributes=True)
    return Response(out, status_code=201 if found.created else 200)


ROUTES = (
    create_cohort,
    list_cohorts,
    get_cohort,
    change_cohort,
    set_instructors,
    enrol,
    enrol_by_course,
    list_enrollments,
    get_enrollment,
    withdraw,
    approve,
    decline,
    transfer,
    write,
    extend,
)
