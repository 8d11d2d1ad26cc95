"""JSON: what people and the law ask for."""

from typing import Any
from uuid import UUID

import msgspec
from litestar.params import FromPath, JSONBody

from scholr.contexts.compliance.schemas import (
    AnswerIn,
    ChoiceIn,
    DirectoryIn,
    ExportIn,
    HoldIn,
    KeepingOut,
    MadeOut,
    OwnRightsOut,
    PeriodIn,
    RequestIn,
    RightsOut,
)
from scholr.contexts.compliance.service import exporting, holding, keeping, reading, requesting
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform

TAGS = ["privacy"]


@api.get("/api/me/privacy", tags=TAGS, summary="One's own choices, requests and files with one's data")
async def own_privacy(actor: TheActor, platform: ThePlatform) -> OwnRightsOut:
    return msgspec.convert(await own_rights_of(platform, actor), OwnRightsOut, from_attributes=True)


async def own_rights_of(platform: Platform, actor: Actor) -> dict[str, object]:
    own = await reading.own_rights(platform, actor)
    return {
        "choices": list(own.choices.values()),
        "exports": own.exports,
        "requests": own.requests,
        "directory": own.directory,
    }


@api.post("/api/me/privacy/choices", tags=TAGS, summary="Agree or object", status_code=204)
async def choose(data: JSONBody[ChoiceIn], actor: TheActor, platform: ThePlatform) -> None:
    await identity.choose(platform, actor, purpose=data.purpose, given=data.given)


@api.post("/api/me/privacy/exports", tags=TAGS, summary="Have a file made about oneself", status_code=202)
async def ask_for_own_export(actor: TheActor, platform: ThePlatform) -> MadeOut:
    """One at a time. A letter says when it is there; it can be fetched for seven days."""
    return MadeOut(await exporting.ask_for_export(platform, actor))


@api.post("/api/me/privacy/requests", tags=TAGS, summary="Ask for a correction, an erasure, or object")
async def make_request(data: JSONBody[RequestIn], actor: TheActor, platform: ThePlatform) -> MadeOut:
    return MadeOut(await requesting.make_request(platform, actor, kind=data.kind, wish=data.wish))


@api.get("/api/privacy", tags=TAGS, summary="Requests, holds, files and how long things are kept")
async def privacy(actor: TheActor, platform: ThePlatform) -> RightsOut:
    found, decided = await reading.rights(platform, actor), await reading.rules(platform, actor)
    kept = [
        KeepingOut(each.period.kind, each.period.title, each.days, each.period.least, each.period.most, each.due)
        for each in decided.keeping
    ]
    said = {
        "requests": found.requests,
        "holds": found.holds,
        "exports": found.exports,
        "keeping": kept,
        "directory": decided.directory,
    }
    return msgspec.convert(said, RightsOut, from_attributes=True)


@api.post("/api/privacy/requests/{request_id:uuid}/answer", tags=TAGS, summary="Answer a request", status_code=204)
async def answer_request(
    request_id: FromPath[UUID], data: JSONBody[AnswerIn], actor: TheActor, platform: ThePlatform
) -> None:
    await requesting.answer_request(platform, actor, request_id, done=data.done, answer=data.answer)


@api.post("/api/privacy/holds", tags=TAGS, summary="Place a legal hold")
async def place_hold(data: JSONBody[HoldIn], actor: TheActor, platform: ThePlatform) -> MadeOut:
    learner_id = MembershipId(data.learner_id) if data.learner_id else None
    made = await holding.place_hold(
        platform, actor, learner_id=learner_id, course_id=data.course_id, reason=data.reason
    )
    return MadeOut(made)


@api.post("/api/privacy/holds/{hold_id:uuid}/release", tags=TAGS, summary="Release a legal hold", status_code=204)
async def release_hold(hold_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await holding.release_hold(platform, actor, hold_id)


@api.put("/api/privacy/retention", tags=TAGS, summary="How long a kind is kept", status_code=204)
async def set_period(data: JSONBody[PeriodIn], actor: TheActor, platform: ThePlatform) -> None:
    await keeping.set_period(platform, actor, kind=data.kind, days=data.days)


@api.put("/api/privacy/directory", tags=TAGS, summary="What is directory information (FERPA)", status_code=204)
async def set_directory(data: JSONBody[DirectoryIn], actor: TheActor, platform: ThePlatform) -> None:
    await identity.set_directory(platform, actor, data.fields)


@api.post("/api/privacy/exports", tags=TAGS, summary="Have a file made of everything about a member", status_code=202)
async def ask_for_export(data: JSONBody[ExportIn], actor: TheActor, platform: ThePlatform) -> MadeOut:
    """Without their account, which is theirs alone. The person is told."""
    return MadeOut(await exporting.ask_for_export_of(platform, actor, MembershipId(data.learner_id)))


ROUTES: tuple[Any, ...] = (
    own_privacy,
    choose,
    ask_for_own_export,
    make_request,
    privacy,
    answer_request,
    place_hold,
    release_hold,
    set_period,
    set_directory,
    ask_for_export,
)
