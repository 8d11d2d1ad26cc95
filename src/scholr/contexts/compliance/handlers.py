"""From what happened to what the log says of it: one entry for each event, and which of its fields it keeps.

Names, addresses of people and free text are never among them: an entry says ids, so that a person can be forgotten
and the entry still means something. What is not here is in `UNRECORDED`, with the reason; a test holds that each
event is in one of the two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from scholr.contexts.assessment import events as assessment
from scholr.contexts.auth import events as auth
from scholr.contexts.catalog import events as catalog
from scholr.contexts.compliance import events as own
from scholr.contexts.compliance import repository
from scholr.contexts.compliance.queries import ENTERING
from scholr.contexts.compliance.repository import Draft
from scholr.contexts.compliance.service import erasing, exporting
from scholr.contexts.enrollment import events as enrollment
from scholr.contexts.identity import events as identity
from scholr.contexts.learning import events as learning
from scholr.contexts.media import events as media
from scholr.contexts.sync import events as sync
from scholr.kernel.actor import ActorKind
from scholr.kernel.events import Event
from scholr.platform.audit import AccessRefused, RecordRead
from scholr.platform.db.unit import WriteUnit
from scholr.platform.erasure import PartErased, forgetting
from scholr.platform.flags.events import FlagChanged
from scholr.platform.module import Subscription
from scholr.platform.outbox.origin import Origin, current_origin


@dataclass(frozen=True, slots=True)
class Rule:
    """How one event is entered. `details` are the fields that are kept.

    `actor` names the field that says who did it, for events whose origin does not; "aggregate_id" means the thing
    itself did, whatever the origin says; "nobody" that it was not proven who it was; "program" that the program did,
    long after whoever began it, whose request the entry still names. `subject` names the kind and the field of what it
    was done to, where that is not the aggregate.
    """

    event: type[Event]
    details: tuple[str, ...] = ()
    actor: str | None = None
    subject: tuple[str, str] | None = None
    when: Callable[[Any], bool] | None = None


def _by_staff(event: enrollment.LearnerEnrolled | enrollment.LearnerWaitlisted) -> bool:
    return event.enrolled_by is not None


_SEAT = ("cohort_id", "course_id")
_OF_LEARNER = ("membership", "learner_id")
_MEMBER = ("membership", "member_id")

RULES = (
    Rule(identity.OrganizationCreated),
    Rule(identity.BrandingChanged),
    Rule(identity.MemberAdded, ("roles",)),
    Rule(identity.MemberRolesChanged, ("roles", "before")),
    Rule(identity.MemberRenamed),
    Rule(identity.MemberSuspended),
    Rule(identity.MemberReactivated),
    Rule(identity.MemberInvited),
    Rule(identity.InvitationAccepted, ("membership_id",), actor="membership_id"),
    Rule(identity.InvitationRevoked),
    Rule(identity.DomainClaimed, ("host",)),
    Rule(identity.DomainRemoved, ("host",)),
    Rule(identity.DomainVerified, ("host",)),
    Rule(identity.ChoiceMade, ("purpose", "version", "given")),
    Rule(identity.DirectoryChanged, ("fields",)),
    Rule(auth.SignedIn, ("proof",), actor="aggregate_id"),
    Rule(auth.SignInFailed, ("step",), actor="nobody"),
    Rule(auth.OrganizationEntered, actor="aggregate_id"),
    Rule(auth.SessionEnded, ("by_staff",)),
    Rule(auth.OtherSessionsEnded, ("ended",)),
    Rule(auth.PasswordChanged, ("by_link",)),
    Rule(auth.SecondStepEnabled),
    Rule(auth.SecondStepDisabled),
    Rule(auth.RecoveryCodesRenewed),
    Rule(auth.PasskeyAdded),
    Rule(auth.PasskeyRemoved),
    Rule(auth.TokenCreated, ("membership_id", "scopes", "expires_at")),
    Rule(auth.TokenRevoked, ("membership_id",)),
    Rule(auth.SignInRuleChanged, ("second_step", "before")),
    Rule(catalog.CoursePublished, ("version",)),
    Rule(catalog.CourseArchived),
    Rule(catalog.CourseRestored, ("status",)),
    Rule(enrollment.LearnerEnrolled, _SEAT, actor="enrolled_by", subject=_OF_LEARNER, when=_by_staff),
    Rule(enrollment.LearnerWaitlisted, _SEAT, actor="enrolled_by", subject=_OF_LEARNER, when=_by_staff),
    Rule(enrollment.EnrolmentDeclined, _SEAT, subject=_OF_LEARNER),
    Rule(enrollment.LearnerWithdrawn, (*_SEAT, "had_seat"), subject=_OF_LEARNER),
    Rule(enrollment.CohortCreated, ("course_id", "capacity")),
    Rule(enrollment.CohortChanged, ("course_id", "capacity", "status")),
    Rule(enrollment.CohortInstructorsChanged, ("instructor_ids",)),
    Rule(enrollment.ImportStarted, ("rows",)),
    Rule(enrollment.ImportUndone),
    Rule(learning.CertificateIssued, ("course_id", "certificate_id")),
    Rule(learning.CertificateWithdrawn, ("course_id", "certificate_id")),
    Rule(learning.CompletionRuleChanged, ("certificate", "min_score_bp")),
    Rule(
        assessment.GradeOverridden,
        ("assessment_id", "course_id", "learner_id", "question_id", "previous_micro", "earned_micro"),
        actor="author_id",
    ),
    Rule(
        assessment.AccommodationGiven,
        ("assessment_id", "extra_time_percent", "extra_time_seconds", "extra_attempts"),
    ),
    Rule(assessment.AccommodationTakenBack, ("assessment_id",)),
    Rule(own.ErasureRequested, ("ground",), subject=_MEMBER),
    Rule(own.ErasureWithdrawn, subject=_MEMBER),
    Rule(own.ErasureConfirmed, ("ground",), subject=_MEMBER),
    Rule(own.ErasureCompleted, ("rows",), actor="program", subject=_MEMBER),
    Rule(PartErased, ("part", "counts"), actor="program"),
    Rule(FlagChanged, ("key", "scope", "subject", "variant")),
    Rule(own.RequestMade, ("request_id", "kind")),
    Rule(own.RequestAnswered, ("request_id", "kind", "state")),
    Rule(own.ExportAsked, ("export_id", "whole")),
    Rule(own.ExportReady, ("export_id", "size")),
    Rule(own.HoldPlaced, ("learner_id", "course_id")),
    Rule(own.HoldReleased, ("learner_id", "course_id")),
    Rule(own.RetentionChanged, ("kind", "days", "before")),
    Rule(own.RetentionApplied, ("kind", "days", "forgotten")),
    Rule(RecordRead),
    Rule(AccessRefused, ("permission",)),
)

UNRECORDED: Mapping[type[Event], str] = {
    catalog.CourseCreated: "a draft that nobody but authors sees; publishing it is entered",
    enrollment.EnrolmentRequested: "a learner asks for a seat; the answer is entered",
    learning.LessonCompleted: "a learner's own progress, kept in learning's log of facts",
    learning.CourseCompleted: "follows from the lessons; the certificate is entered",
    assessment.AttemptStarted: "a learner's own work, kept with the attempt",
    assessment.AttemptSubmitted: "a learner's own work, kept with the attempt; what staff change is entered",
    media.AssetReady: "the program's own work on a file",
    media.AssetFailed: "the program's own work on a file",
    sync.LessonsSynced: "a learner's own progress, kept in learning's log of facts",
}


def draft_of(rule: Rule, event: Event, origin: Origin | None) -> Draft:
    """What the log says of the event."""
    known = origin or Origin()
    if rule.actor == "program":
        known = Origin(ActorKind.SYSTEM, request=known.request, address=known.address)
    kind, actor_id = _actor(rule, event, known)
    action, subject_kind, subject_id = event.event_type, event.aggregate_type, event.aggregate_id
    if isinstance(event, RecordRead):
        action, subject_kind = event.action, event.subject
    elif rule.subject is not None:
        subject_kind, subject_id = rule.subject[0], getattr(event, rule.subject[1])
    return Draft(
        id=event.event_id,
        happened_at=event.occurred_at,
        actor_kind=kind,
        actor_id=actor_id,
        token_id=known.token,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        request_id=known.request,
        address=known.address or None,
        details=_written({name: getattr(event, name) for name in rule.details}),
    )


def _actor(rule: Rule, event: Event, origin: Origin) -> tuple[str, UUID | None]:
    if rule.actor == "nobody":
        return ActorKind.ANONYMOUS, None
    if rule.actor == "aggregate_id":
        return ActorKind.PERSON, event.aggregate_id
    if origin.member is None and rule.actor not in (None, "program"):
        return ActorKind.PERSON, getattr(event, rule.actor)
    return origin.kind, origin.member


def _written(details: dict[str, object]) -> str:
    """The same text for the same facts, in every version: keys in order, no white space."""
    return msgspec.json.encode(details, order="sorted").decode()


def _subscription(rule: Rule) -> Subscription:
    async def enter(tx: WriteUnit, event: Event) -> None:
        await repository.append(tx, draft_of(rule, event, current_origin()))

    consumer = f"{ENTERING}{rule.event.event_type.replace('.', '_')}"
    return Subscription(consumer, rule.event, enter, rule.when)


async def on_part_erased(tx: WriteUnit, event: PartErased) -> None:
    await erasing.part_reported(tx, event.aggregate_id, event.part, event.counts, event.occurred_at)


SUBSCRIPTIONS = (
    *(_subscription(rule) for rule in RULES),
    Subscription("compliance.erasure_part", PartErased, on_part_erased),
    forgetting("platform", erasing.forget_queues),
    forgetting("compliance", exporting.forget_rights),
)
