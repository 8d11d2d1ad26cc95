"""Looking after people in a cohort: writing to them, and giving them more time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from scholr.contexts.enrollment.errors import EnrollmentNotFound, InvalidExtension, InvalidMessage
from scholr.contexts.enrollment.policy import MANAGE_COHORTS
from scholr.contexts.enrollment.queries.roster import RosterPerson, chosen_people
from scholr.contexts.enrollment.repository import seats as repository
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.moments import moments_out_of_bounds
from scholr.kernel.text import text_problem
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.mail import send_mails
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

MAX_SUBJECT_CHARS = 150
MAX_MESSAGE_CHARS = 10_000


@retried
async def message(
    platform: Platform,
    actor: Actor,
    *,
    cohort_id: UUID,
    enrollment_ids: Sequence[UUID],
    subject: str,
    text: str,
    without_seat: bool = False,
) -> int:
    """Queue one mail for each of the chosen, however many; returns how many.

    Raises EnrollmentNotFound when one of them has no seat here, and then nobody is written to; with `without_seat`
    those are passed over, because they were chosen by what they have in common. Raises InvalidMessage.
    """
    require(actor, MANAGE_COHORTS)
    problems = {
        "subject": text_problem(subject, most=MAX_SUBJECT_CHARS),
        "text": text_problem(text, most=MAX_MESSAGE_CHARS, multiline=True),
    }
    if fields := {name: problem for name, problem in problems.items() if problem}:
        raise InvalidMessage(fields=fields)
    async with platform.db.write(actor.tenant_id) as tx:
        people = await _chosen(tx, actor, cohort_id, enrollment_ids, without_seat=without_seat)
        sender = await identity.member(tx, actor.membership_id) if actor.membership_id else None
        signed = f"{text.strip()}\n\n{sender.name}" if sender else text.strip()
        await send_mails(tx, to=[each.email for each in people], subject=subject.strip(), text=signed)
    return len(people)


@retried
async def extend(
    platform: Platform,
    actor: Actor,
    *,
    cohort_id: UUID,
    enrollment_ids: Sequence[UUID],
    until: datetime,
    without_seat: bool = False,
) -> int:
    """Let the chosen go on until then, although the cohort ends before; returns how many. Again: nothing more.

    Raises InvalidExtension, and EnrollmentNotFound when one of them has no seat here (`without_seat`: see `message`).
    """
    require(actor, MANAGE_COHORTS)
    async with platform.db.write(actor.tenant_id) as tx:
        cohort = await repository.access_cohort(tx, actor, cohort_id)
        people = await _chosen(tx, actor, cohort_id, enrollment_ids, without_seat=without_seat)
        if far := moments_out_of_bounds({"until": until}):
            raise InvalidExtension(fields=far)
        if cohort.ends_at is None or until <= max(cohort.ends_at, platform.clock.now()):
            raise InvalidExtension(fields={"until": "must be after the cohort ends, and in the future"})
        await repository.extend(tx, [each.enrollment_id for each in people], until)
    return len(people)


async def _chosen(
    tx: WriteUnit, actor: Actor, cohort_id: UUID, enrollment_ids: Sequence[UUID], *, without_seat: bool
) -> list[RosterPerson]:
    await repository.access_cohort(tx, actor, cohort_id)
    wanted = set(enrollment_ids)
    people = await chosen_people(tx, cohort_id, list(wanted))
    if not wanted or (len(people) != len(wanted) and not without_seat):
        raise EnrollmentNotFound
    return people
