"""Somebody with a name, an address, and words everywhere that words can be written about or by a learner."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.facade import Accommodation, QuestionDraft
from scholr.contexts.auth import facade as auth
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import Erasure, Ground
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.ids import MembershipId
from tests.contexts.compliance.log import Admin
from tests.support.database import TestDatabase
from tests.support.delivery import settle
from tests.support.exams import NEAREST, start
from tests.support.learning import Taught, teach
from tests.support.school import School
from tests.support.words import open_admin

NAME = "Wilhelmina Quackenbush"
ADDRESS = "wilhelmina@quackenbush.example.org"
ANSWERED = "The moon of my childhood in Zandvoort"
NOTED = "Ask grandmother Leokadia about this"
QUOTED = "Lesson"
REASONED = "She was in hospital with her knee"
ACCOMMODATED = "Dyslexia, papers of March"
REVOKED = "Somebody else sat beside her and typed"
WISHED = "Write my name as on my passport of Zierikzee"
REPLIED = "The passport of Zierikzee has expired"
HELD = "She has complained about the exam of May"
WORDS = (
    *(NAME, "Wilhelmina", ADDRESS, "quackenbush", ANSWERED, NOTED, REASONED, ACCOMMODATED, REVOKED),
    *(WISHED, REPLIED, HELD),
)

ESSAY = QuestionDraft(type="short_text", prompt="What do you think of?", points=3, answer_key=["gravity"])


@dataclass(frozen=True, slots=True)
class Life:
    """What the learner has left behind."""

    learner: Actor
    taught: Taught
    exam: UUID
    attempt: UUID
    essay: str
    choice: str

    @property
    def id(self) -> MembershipId:
        assert self.learner.membership_id is not None
        return self.learner.membership_id


async def live(school: School) -> Life:
    """Through the use cases that people reach."""
    platform, owner = school.platform, school.owner
    taught = await teach(school, lessons=2)
    rule = learning.CourseRule()
    await learning.set_rule(platform, owner, course_id=taught.course, rule=rule)
    await identity.invite(platform, owner, email=ADDRESS, name=NAME, roles=[Role.LEARNER])
    added = await identity.add_member(platform, owner, email=ADDRESS, name=NAME, role=Role.LEARNER)
    learner = Actor(
        ActorKind.PERSON, tenant_id=school.tenant_id, membership_id=added.id, roles=frozenset({Role.LEARNER})
    )
    await taught.seat(learner)
    lesson = taught.lessons[0]
    await learning.add_note(platform, learner, course_id=taught.course, lesson_id=lesson, text=NOTED, quote=QUOTED)
    exam, attempt, essay, choice = await _sit(school, taught, learner)
    await taught.complete(learner)
    await settle(platform)
    papers = await learning.certificates(platform, learner)
    for paper in papers:
        await learning.revoke_certificate(platform, owner, certificate_id=paper.id, reason=REVOKED)
    await _ask(school, learner)
    await auth.request_reset(platform, email=ADDRESS, client=auth.Client(user_agent="tests"))
    await settle(platform)
    return Life(learner, taught, exam, attempt, essay, choice)


async def _ask(school: School, learner: Actor) -> None:
    platform, owner = school.platform, school.owner
    wish = await compliance.make_request(platform, learner, kind=compliance.RequestKind.CORRECTION, wish=WISHED)
    await compliance.answer_request(platform, owner, wish, done=False, answer=REPLIED)
    held = await compliance.place_hold(platform, owner, learner_id=learner.membership_id, course_id=None, reason=HELD)
    await compliance.release_hold(platform, owner, held)
    await compliance.ask_for_export(platform, learner)


async def _sit(school: School, taught: Taught, learner: Actor) -> tuple[UUID, UUID, str, str]:
    """An exam with an answer in words and a choice, judged by hand."""
    platform, owner = school.platform, school.owner
    assert learner.membership_id is not None
    exam = await assessment.create_assessment(platform, owner, course_id=taught.course, title="Checkpoint")
    essay = await assessment.add_question(platform, owner, assessment_id=exam, draft=ESSAY)
    choice = await assessment.add_question(platform, owner, assessment_id=exam, draft=NEAREST)
    await assessment.set_accommodation(
        platform,
        owner,
        assessment_id=exam,
        learner_id=learner.membership_id,
        given=Accommodation(extra_time_percent=25),
        note=ACCOMMODATED,
    )
    begun = await start(platform, learner, exam)
    answers = {essay.id: ANSWERED, choice.id: ["1"]}
    await assessment.save_answers(platform, learner, attempt_id=begun.id, answers=answers)
    await assessment.submit_attempt(platform, learner, attempt_id=begun.id)
    judgement = assessment.Judgement(question_id=essay.id, earned_micro=2_000_000, reason=REASONED)
    await assessment.override_grade(platform, owner, attempt_id=begun.id, judgement=judgement)
    return exam, begun.id, essay.id, choice.id


async def erased(school: School, member_id: MembershipId) -> Erasure:
    """Asked for by the owner, confirmed by an administrator, and carried out."""
    asked = await compliance.request_erasure(
        school.platform, school.owner, member_id=member_id, ground=Ground.CONSENT_WITHDRAWN
    )
    admin = await school.person(Role.ADMIN)
    await compliance.confirm_erasure(school.platform, admin, erasure_id=asked.id)
    await settle(school.platform)
    found = await compliance.list_erasures(school.platform, school.owner)
    return found.items[0]


async def figures(school: School, life: Life) -> object:
    """What reports say in numbers."""
    _, rows, items = await assessment.results_overview(school.platform, school.owner, assessment_id=life.exam)
    return [(row.learner_id, row.attempts, row.standing) for row in rows.items], items


@asynccontextmanager
async def admin_of(database: TestDatabase) -> AsyncIterator[Admin]:
    connection = await open_admin(database.admin)
    try:
        yield connection
    finally:
        await connection.close()
