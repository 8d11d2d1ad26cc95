"""What a person asks for and cannot do alone: a correction, an erasure, an objection; answered within a month."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from scholr.contexts.compliance import repository
from scholr.contexts.compliance.errors import AnsweredAlready, InvalidRequest, RequestNotFound
from scholr.contexts.compliance.events import RequestAnswered, RequestMade
from scholr.contexts.compliance.policy import MANAGE_PRIVACY, OWN_RIGHTS
from scholr.contexts.compliance.service.sealing import ANSWER, WISH, sealed
from scholr.contexts.compliance.tables import RequestRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Forbidden
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.mail import send_mail
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

DUE = timedelta(days=30)
"""GDPR Art. 12(3) says one month; FERPA (34 CFR 99.20) "a reasonable time"."""

LONGEST_WISH = 4000
MOST_OPEN = 10


class RequestKind(StrEnum):
    CORRECTION = "correction"
    ERASURE = "erasure"
    OBJECTION = "objection"


class RequestState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


@retried
async def make_request(platform: Platform, actor: Actor, *, kind: RequestKind, wish: str) -> UUID:
    """Ask the organisation's administrators. Raises InvalidRequest for no words, too many, or too many open ones."""
    tenant_id = require(actor, OWN_RIGHTS)
    if actor.membership_id is None:
        raise Forbidden
    words, now = wish.strip(), platform.clock.now()
    if not 0 < len(words) <= LONGEST_WISH:
        raise InvalidRequest(fields={"wish": f"say what you ask for, in at most {LONGEST_WISH} characters"})
    async with platform.db.write(tenant_id) as tx:
        if await repository.open_requests_of(tx, actor.membership_id) >= MOST_OPEN:
            raise InvalidRequest(
                fields={"wish": f"{MOST_OPEN} of your requests wait for an answer; let these come first"}
            )
        row = RequestRow(
            id=new_id(),
            learner_id=actor.membership_id,
            kind=kind,
            wish=await sealed(platform, tx, actor.membership_id, WISH, words),
            state=RequestState.OPEN,
            asked_at=now,
            due_at=now + DUE,
        )
        tx.session.add(row)
        await tx.emit(
            RequestMade(
                tenant_id=tenant_id, aggregate_id=actor.membership_id, occurred_at=now, request_id=row.id, kind=kind
            )
        )
    return row.id


@retried
async def answer_request(platform: Platform, actor: Actor, request_id: UUID, *, done: bool, answer: str) -> None:
    """Say that it was done, or why not; the person gets the answer by mail.

    Raises RequestNotFound, AnsweredAlready, and InvalidRequest where a refusal gives no reason.
    """
    tenant_id, now, words = require(actor, MANAGE_PRIVACY), platform.clock.now(), answer.strip()
    if len(words) > LONGEST_WISH or not (done or words):
        raise InvalidRequest(fields={"answer": "a refusal says why, and where the person can complain"})
    async with platform.db.write(tenant_id) as tx:
        row = await repository.request_row(tx, request_id)
        if row is None:
            raise RequestNotFound
        if row.state != RequestState.OPEN:
            raise AnsweredAlready
        row.state = RequestState.DONE if done else RequestState.DECLINED
        row.answer = await sealed(platform, tx, row.learner_id, ANSWER, words)
        row.answered_at, row.answered_by = now, actor.membership_id
        member = await identity.member(tx, MembershipId(row.learner_id))
        if member is not None and member.email:
            await send_mail(
                tx, to=member.email, subject="Your request was answered", text=_letter(platform, done, words)
            )
        await tx.emit(
            RequestAnswered(
                tenant_id=tenant_id,
                aggregate_id=row.learner_id,
                occurred_at=now,
                request_id=row.id,
                kind=row.kind,
                state=row.state,
            )
        )


def _letter(platform: Platform, done: bool, words: str) -> str:
    said = "What you asked for is done." if done else "What you asked for cannot be done."
    more = f"\n\n{words}" if words else ""
    return f"{said}{more}\n\nAll your requests: {platform.http.public_url}/account/privacy\n"
