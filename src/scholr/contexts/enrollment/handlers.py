"""What follows from events: people who waited are told, and who has finished a course may enter what comes after."""

from collections.abc import Mapping
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment.events import EnrolmentDeclined, LearnerEnrolled
from scholr.contexts.enrollment.repository import imports
from scholr.contexts.enrollment.repository import seats as repository
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning.events import CourseCompleted
from scholr.kernel.ids import MembershipId
from scholr.platform.db.unit import WriteUnit
from scholr.platform.erasure import forgetting
from scholr.platform.mail import send_mail
from scholr.platform.module import Subscription


async def on_learner_enrolled(tx: WriteUnit, event: LearnerEnrolled) -> None:
    """Only those who waited for it: who enrols at once sees it on the page."""
    if event.after_waiting:
        await _tell(
            tx,
            event.learner_id,
            event.course_id,
            subject="You have a seat in {title}",
            text="Hello {name},\n\nyour waiting is over: you have a seat in {title}. You can begin whenever you like.",
        )


async def on_enrolment_declined(tx: WriteUnit, event: EnrolmentDeclined) -> None:
    await _tell(
        tx,
        event.learner_id,
        event.course_id,
        subject="Your request for {title}",
        text="Hello {name},\n\nyour request to take part in {title} was declined. Write to the people who run the"
        " course if you think that this is a mistake.",
    )


async def on_course_completed(tx: WriteUnit, event: CourseCompleted) -> None:
    """The aggregate is the learner."""
    await repository.finish(tx, event.aggregate_id, event.course_id, event.occurred_at)


async def _tell(tx: WriteUnit, learner_id: UUID, course_id: UUID, *, subject: str, text: str) -> None:
    """One mail; nothing for somebody who is gone or suspended by now, or has no address (a service account)."""
    person = await identity.member(tx, MembershipId(learner_id))
    course = await catalog.course(tx, course_id)
    if person is None or course is None or person.status != "active" or not person.email:
        return
    words = {"name": person.name, "title": course.title}
    await send_mail(tx, to=person.email, subject=subject.format(**words), text=text.format(**words))


async def forget_imported(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    """Seats stay: they are numbers; the files' rows lose name and address."""
    return {"import_rows": await imports.forget_rows(tx, member_id)}


SUBSCRIPTIONS = (
    forgetting("enrollment", forget_imported),
    Subscription("enrollment.tell_admitted", LearnerEnrolled, on_learner_enrolled),
    Subscription("enrollment.tell_declined", EnrolmentDeclined, on_enrolment_declined),
    Subscription("enrollment.remember_finished", CourseCompleted, on_course_completed),
)
