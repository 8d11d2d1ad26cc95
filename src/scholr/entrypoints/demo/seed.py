"""Opening the demo's schools, through the same use cases that people reach.

Each step looks first whether it was done, and each course is one transaction, so that a first run that was
interrupted is simply run again.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.auth import facade as auth
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.entrypoints.demo.content import (
    OPERATOR,
    PASSWORD,
    DemoAssessment,
    DemoCourse,
    DemoPath,
    DemoSchool,
    load_schools,
)
from scholr.kernel.actor import Actor, ActorKind, Role, system_actor
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.runtime import Platform

CATALOGUE_PAGE = 100


@dataclass(frozen=True, slots=True)
class OpenSchool:
    tenant_id: TenantId
    owner: Actor
    teacher: Actor
    learner: Actor
    classmates: tuple[Actor, ...]


async def seed_demo(platform: Platform) -> None:
    """Open what is not open yet; a second run finds everything there and changes nothing."""
    await auth.create_person_with_password(platform, email=OPERATOR.email, name=OPERATOR.name, password=PASSWORD)
    for content in load_schools():
        school = await _open(platform, content)
        for course in content.courses:
            await _teach(platform, school, course)
        for path in content.paths:
            await _lay_path(platform, school, path)
        await _begin_learning(platform, school, content.courses[0])


async def _open(platform: Platform, content: DemoSchool) -> OpenSchool:
    tenant_id = await _tenant(platform, content)
    async with platform.db.read(tenant_id) as rx:
        owner_id = await identity.owner_of(rx)
    if owner_id is None:
        raise RuntimeError(f"{content.name} has no owner")
    owner = _actor(tenant_id, owner_id, Role.OWNER)
    people = {
        person.role: await _member(platform, owner, person.email, person.name, Role(person.role))
        for person in content.people
    }
    classmates = [
        await _member(platform, owner, f"{_local_part(name)}@{content.people[0].email.partition('@')[2]}", name)
        for name in content.classmates
    ]
    return OpenSchool(tenant_id, owner, people["instructor"], people["learner"], tuple(classmates))


async def _tenant(platform: Platform, content: DemoSchool) -> TenantId:
    owner = content.person("owner")
    async with platform.db.read(None) as rx:
        person = await identity.person_by_email(rx, owner.email)
        found = await identity.organizations_of(rx, person.id) if person else []
    if found:
        return found[0].tenant_id
    opened = await auth.open_organization(
        platform, name=content.name, owner_email=owner.email, owner_name=owner.name, password=PASSWORD
    )
    await identity.update_branding(
        platform, system_actor(opened.tenant_id), brand_colour=content.colour, time_zone=content.time_zone
    )
    return opened.tenant_id


async def _member(platform: Platform, owner: Actor, email: str, name: str, role: Role | None = None) -> Actor:
    """People with a role of their own can sign in; classmates are there only to be seen."""
    added = await identity.add_member(platform, owner, email=email, name=name, role=role or Role.LEARNER)
    if role is not None and added.created:
        await auth.create_person_with_password(platform, email=email, name=name, password=PASSWORD)
    return _actor(owner.tenant_id, added.id, role or Role.LEARNER)


def _actor(tenant_id: TenantId | None, member_id: MembershipId, role: Role) -> Actor:
    return Actor(ActorKind.PERSON, tenant_id=tenant_id, membership_id=member_id, roles=frozenset({role}))


def _local_part(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("æ", "ae")).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", ".")


async def _teach(platform: Platform, school: OpenSchool, course: DemoCourse) -> None:
    """The course with its lessons, checkpoint, cohort and learners, all or nothing."""
    if course.title in await _courses(platform, school):
        return
    async with platform.db.ambient_write(school.tenant_id):
        draft = await catalog.create_course(platform, school.teacher, title=course.title, summary=course.summary)
        await _write_lessons(platform, school.teacher, draft.id, course)
        for each in course.assessments:
            await _write_assessment(platform, school.teacher, draft.id, each)
        await catalog.publish_course(platform, school.teacher, course_id=draft.id)
        cohort = await enrollment.create_cohort(
            platform,
            school.teacher,
            course_id=draft.id,
            draft=enrollment.CohortDraft(
                capacity=course.capacity, name=course.cohort, ends_at=_in_days(platform, course.ends_in_days)
            ),
        )
        for learner in (school.learner, *school.classmates):
            if learner.membership_id is not None and _attends(school, learner, course):
                await enrollment.enrol(platform, school.teacher, cohort_id=cohort.id, learner_id=learner.membership_id)


def _in_days(platform: Platform, days: int) -> datetime | None:
    """The last minute of a day some days ahead; 0 for never."""
    ahead = platform.clock.now() + timedelta(days=days)
    return ahead.replace(hour=23, minute=59, second=0, microsecond=0) if days else None


def _attends(school: OpenSchool, learner: Actor, course: DemoCourse) -> bool:
    """The learner leaves the last course for the catalogue; every classmate misses some course."""
    if learner is school.learner:
        return not course.assessments or course.assessments[0].max_attempts != 0
    return len(course.lessons) > 3 or school.classmates.index(learner) % 3 == 0


async def _write_lessons(platform: Platform, teacher: Actor, course_id: UUID, course: DemoCourse) -> None:
    for section in course.sections:
        section_id = await catalog.add_section(platform, teacher, course_id=course_id, title=section.title)
        for lesson in section.lessons:
            lesson_id = await catalog.add_lesson(platform, teacher, section_id=section_id, title=lesson.title)
            changes = catalog.LessonChanges(blocks=lesson.blocks, minutes=lesson.minutes)
            await catalog.save_lesson(platform, teacher, lesson_id=lesson_id, changes=changes)


async def _write_assessment(platform: Platform, teacher: Actor, course_id: UUID, content: DemoAssessment) -> None:
    assessment_id = await assessment.create_assessment(
        platform,
        teacher,
        course_id=course_id,
        title=content.title,
        policy=assessment.AssessmentPolicy(
            max_attempts=content.max_attempts,
            time_limit_seconds=content.time_limit_minutes * 60,
            closes_at=_in_days(platform, content.closes_in_days),
        ),
    )
    for question in content.questions:
        draft = assessment.QuestionDraft(
            type=question.type,
            prompt=question.prompt,
            points=question.points,
            options=question.options,
            answer_key=question.answer_key,
            explanation=question.explanation,
        )
        await assessment.add_question(platform, teacher, assessment_id=assessment_id, draft=draft)


async def _lay_path(platform: Platform, school: OpenSchool, path: DemoPath) -> None:
    """A published learning path through courses that are there, all or nothing."""
    async with platform.db.read(school.tenant_id) as rx:
        if path.title in {line.title for line in await catalog.list_paths(rx, school.teacher)}:
            return
    courses = await _courses(platform, school)
    async with platform.db.ambient_write(school.tenant_id):
        path_id = await catalog.create_path(platform, school.teacher, title=path.title, summary=path.summary)
        changes = catalog.PathChanges(course_ids=[courses[title] for title in path.courses], published=True)
        await catalog.change_path(platform, school.teacher, path_id=path_id, changes=changes)


async def _begin_learning(platform: Platform, school: OpenSchool, course: DemoCourse) -> None:
    """The learner has done most of the first course, classmates a little more or less each."""
    course_id = (await _courses(platform, school))[course.title]
    async with platform.db.read(school.tenant_id) as rx:
        lessons = await catalog.lesson_ids(rx, course_id)
    reached = {school.learner: len(lessons) * 2 // 3} | {
        classmate: number * 3 % (len(lessons) + 1) for number, classmate in enumerate(school.classmates)
    }
    for learner, count in reached.items():
        for lesson_id in lessons[:count]:
            await learning.complete_lesson(platform, learner, course_id=course_id, lesson_id=lesson_id)


async def _courses(platform: Platform, school: OpenSchool) -> dict[str, UUID]:
    found = await catalog.courses_page(platform, school.owner, cursor=None, limit=CATALOGUE_PAGE)
    return {line.title: line.id for line in found.items}
