"""Making assessments. Every change gives the assessment a new revision; running attempts keep theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from scholr.contexts.assessment.errors import QuestionNotFound
from scholr.contexts.assessment.freezing import decode_policy, encode_policy
from scholr.contexts.assessment.model import AssessmentPolicy, validate_policy, validate_title
from scholr.contexts.assessment.policy import AUTHOR
from scholr.contexts.assessment.questions import Question, validate_question
from scholr.contexts.assessment.repository import authoring as repository
from scholr.contexts.assessment.tables import AssessmentRow, QuestionRow
from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Actor
from scholr.kernel.ids import new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """What an author sent, unchecked."""

    type: object
    prompt: object
    points: object = 1
    options: object = None
    answer_key: object = None
    explanation: object = ""

    def validated(self, question_id: UUID) -> Question:
        """Raises InvalidQuestion naming each wrong field."""
        return validate_question(
            self.type,
            self.prompt,
            self.points,
            self.options,
            self.answer_key,
            explanation=self.explanation,
            question_id=str(question_id),
        )


@retried
async def create_assessment(
    platform: Platform,
    actor: Actor,
    *,
    course_id: UUID,
    title: str,
    policy: AssessmentPolicy | None = None,
    hidden: bool = False,
) -> UUID:
    """A new, empty assessment of a course that the actor may see. Raises InvalidAssessment."""
    require(actor, AUTHOR)
    checked = validate_title(title)
    settings = encode_policy(validate_policy(policy or AssessmentPolicy()))
    async with platform.db.write(actor.tenant_id) as tx:
        await catalog.access_course(tx, actor, course_id)
        row = AssessmentRow(
            id=new_id(),
            course_id=course_id,
            title=checked,
            hidden=hidden,
            settings=settings,
            author_id=actor.membership_id,
        )
        tx.session.add(row)
    return row.id


@retried
async def update_assessment(
    platform: Platform,
    actor: Actor,
    *,
    assessment_id: UUID,
    title: str | None = None,
    hidden: bool | None = None,
    settings: Callable[[AssessmentPolicy], AssessmentPolicy] | None = None,
) -> None:
    """Change what is given and leave the rest; `settings` makes the new settings from those there are."""
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await edited(tx, actor, assessment_id)
        if title is not None:
            row.title = validate_title(title)
        if hidden is not None:
            row.hidden = hidden
        if settings is not None:
            row.settings = encode_policy(validate_policy(settings(decode_policy(row.settings))))


async def edited(tx: WriteUnit, actor: Actor, assessment_id: UUID) -> AssessmentRow:
    """The assessment, locked and at its next revision."""
    row = await repository.assessment_row(tx, assessment_id, lock=True)
    await catalog.access_course(tx, actor, row.course_id)
    row.revision += 1
    return row


@retried
async def add_question(platform: Platform, actor: Actor, *, assessment_id: UUID, draft: QuestionDraft) -> Question:
    """Append a question. Raises InvalidQuestion."""
    require(actor, AUTHOR)
    question_id = new_id()
    async with platform.db.write(actor.tenant_id) as tx:
        await edited(tx, actor, assessment_id)
        question = draft.validated(question_id)
        position = await repository.next_position(tx, assessment_id=assessment_id)
        columns = repository.question_columns(question)
        tx.session.add(QuestionRow(id=question_id, assessment_id=assessment_id, position=position, **columns))
    return question


@retried
async def change_question(
    platform: Platform, actor: Actor, *, assessment_id: UUID, question_id: UUID, draft: QuestionDraft
) -> Question:
    """Replace a question's definition; attempts that already run, and grades, keep the old one."""
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        await edited(tx, actor, assessment_id)
        row = await repository.question_row(tx, question_id, assessment_id=assessment_id)
        question = draft.validated(question_id)
        for name, value in repository.question_columns(question).items():
            setattr(row, name, value)
    return question


@retried
async def remove_question(platform: Platform, actor: Actor, *, assessment_id: UUID, question_id: UUID) -> None:
    """Take a question out of the next attempts. Raises QuestionNotFound, also when it was taken out before."""
    require(actor, AUTHOR)
    async with platform.db.write(actor.tenant_id) as tx:
        await edited(tx, actor, assessment_id)
        if not await repository.delete_question(tx, question_id, assessment_id=assessment_id):
            raise QuestionNotFound
