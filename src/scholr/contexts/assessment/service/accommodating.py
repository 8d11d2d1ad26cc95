"""What one learner is given beyond the policy; it counts at once, also in a running attempt."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.assessment.errors import AccommodationNotFound, InvalidAccommodation, LearnerNotFound
from scholr.contexts.assessment.events import AccommodationGiven, AccommodationTakenBack
from scholr.contexts.assessment.model import Accommodation, validate_accommodation
from scholr.contexts.assessment.policy import ACCOMMODATE, ACCOMMODATIONS_READ, SEE_RESULTS
from scholr.contexts.assessment.queries.listing import AssessmentView
from scholr.contexts.assessment.repository import marking as repository
from scholr.contexts.assessment.repository.attempts import attempt_in
from scholr.contexts.assessment.repository.versions import load_version
from scholr.contexts.assessment.service.access import own_id
from scholr.contexts.assessment.service.reading import access_in
from scholr.contexts.assessment.service.sealing import ACCOMMODATION
from scholr.contexts.assessment.tables import AccommodationRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.kernel.text import text_problem
from scholr.platform.audit import note
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

MAX_NOTE_CHARS = 500


@dataclass(frozen=True, slots=True)
class AccommodationView:
    """`name` is the learner's; `note` is for staff only."""

    learner_id: MembershipId
    name: str
    given: Accommodation
    note: str
    updated_at: datetime


@retried
async def set_accommodation(
    platform: Platform,
    actor: Actor,
    *,
    assessment_id: UUID,
    learner_id: MembershipId,
    given: Accommodation,
    note: str = "",
) -> None:
    """Give a member of the organisation extra time, attempts or a later close; replaces what was given before.

    Raises AssessmentNotFound, LearnerNotFound or InvalidAccommodation.
    """
    require(actor, ACCOMMODATE)
    checked = validate_accommodation(given)
    if problem := text_problem(note, most=MAX_NOTE_CHARS, least=0, multiline=True):
        raise InvalidAccommodation(fields={"note": problem})
    async with platform.db.write(actor.tenant_id) as tx:
        await access_in(tx, actor, assessment_id)
        if await identity.member(tx, learner_id) is None:
            raise LearnerNotFound
        row = await repository.accommodation_row(tx, assessment_id, learner_id)
        if row is None:
            row = AccommodationRow(assessment_id=assessment_id, learner_id=learner_id)
            tx.session.add(row)
        row.extra_time_percent = checked.extra_time_percent
        row.extra_time_seconds = checked.extra_time_seconds
        row.extra_attempts = checked.extra_attempts
        row.closes_at = checked.closes_at
        own = await platform.personal.for_writing(tx, learner_id)
        row.note, row.author_id = own.seal(ACCOMMODATION, note.strip()), own_id(actor)
        await tx.emit(_given(tx, platform, assessment_id, learner_id, checked))
        await _reschedule(tx, assessment_id, learner_id)


def _given(
    tx: WriteUnit, platform: Platform, assessment_id: UUID, learner_id: MembershipId, given: Accommodation
) -> AccommodationGiven:
    return AccommodationGiven(
        tenant_id=tx.require_tenant(),
        aggregate_id=learner_id,
        occurred_at=platform.clock.now(),
        assessment_id=assessment_id,
        extra_time_percent=given.extra_time_percent,
        extra_time_seconds=given.extra_time_seconds,
        extra_attempts=given.extra_attempts,
    )


@retried
async def clear_accommodation(
    platform: Platform, actor: Actor, *, assessment_id: UUID, learner_id: MembershipId
) -> None:
    """Take it back. Raises AccommodationNotFound, also when it was taken back before."""
    require(actor, ACCOMMODATE)
    async with platform.db.write(actor.tenant_id) as tx:
        await access_in(tx, actor, assessment_id)
        if not await repository.delete_accommodation(tx, assessment_id, learner_id):
            raise AccommodationNotFound
        await tx.emit(
            AccommodationTakenBack(
                tenant_id=tx.require_tenant(),
                aggregate_id=learner_id,
                occurred_at=platform.clock.now(),
                assessment_id=assessment_id,
            )
        )
        await _reschedule(tx, assessment_id, learner_id)


async def _reschedule(tx: WriteUnit, assessment_id: UUID, learner_id: MembershipId) -> None:
    """A running attempt is swept by its new deadline."""
    running = await repository.running_attempt(tx, assessment_id, learner_id)
    attempt = await attempt_in(tx, running) if running else None
    if attempt is not None:
        content = await load_version(tx, attempt.version_id)
        await repository.reschedule(tx, attempt, content.policy)


async def list_accommodations(
    platform: Platform, actor: Actor, *, assessment_id: UUID
) -> tuple[AssessmentView, list[AccommodationView]]:
    """The assessment and everything given in it, for staff, by the learners' names."""
    require(actor, SEE_RESULTS)
    async with platform.db.read(actor.tenant_id) as rx:
        assessment = await access_in(rx, actor, assessment_id)
        rows = await repository.accommodations_of(rx, assessment_id)
        people = await identity.members(rx, [MembershipId(row.learner_id) for row in rows])
        keys = await platform.personal.for_reading(rx, [(row.learner_id, row.note) for row in rows])
    await note(platform, actor, ACCOMMODATIONS_READ, assessment_id)
    found = [
        AccommodationView(
            MembershipId(row.learner_id),
            people[MembershipId(row.learner_id)].name if MembershipId(row.learner_id) in people else "",
            Accommodation(
                extra_time_percent=row.extra_time_percent,
                extra_time_seconds=row.extra_time_seconds,
                extra_attempts=row.extra_attempts,
                closes_at=row.closes_at,
            ),
            keys[row.learner_id].open(ACCOMMODATION, row.note),
            row.updated_at,
        )
        for row in rows
    ]
    return assessment, sorted(found, key=lambda view: (view.name.casefold(), view.learner_id))
