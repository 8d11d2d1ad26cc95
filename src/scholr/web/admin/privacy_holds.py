"""Legal holds: placed on a page of their own, released from the list."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Invalid
from scholr.kernel.ids import MembershipId, parse_id
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

PRIVACY = "/admin/privacy"
HOLDS = f"{PRIVACY}/holds"
LABELS: Mapping[str, str] = {"email": "Person’s address", "course_id": "Course", "reason": "Why"}
_COURSES = 200
_PAGE = 100


@page_get(f"{HOLDS}/new")
async def new_hold(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _new_hold(request, actor, platform)


async def _new_hold(
    request: PageRequest, actor: Actor, platform: Platform, form: Form | None = None, error: DomainError | None = None
) -> Response[Any]:
    require(actor, compliance.MANAGE_PRIVACY)
    async with platform.db.read(actor.tenant_id) as rx:
        shelf = (await catalog.shelf(rx, status=None, limit=_COURSES)).items
        archived = (await catalog.shelf(rx, status=catalog.CourseStatus.ARCHIVED, limit=_COURSES)).items
    return show(
        request,
        "admin/privacy_hold.html",
        title="Place a hold",
        area="admin",
        crumbs=(Crumb(label="Privacy", href=PRIVACY), Crumb(label="Place a hold")),
        status_code=200 if error is None else 422,
        courses=[
            ("", "No course"),
            *((str(line.id), line.title) for line in shelf),
            *((str(line.id), f"{line.title} (archived)") for line in archived),
        ],
        values={name: form.text(name) if form else "" for name in LABELS},
        labels=LABELS,
        errors=_errors(error) if error else {},
    )


def _errors(error: DomainError) -> dict[str, str]:
    """A hold on nothing is told beside the first field."""
    return {"email" if name == "learner_id" else name: text for name, text in errors_of(error, "email").items()}


@page_post(HOLDS)
async def place(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        learner_id = await member_called(platform, actor, form.text("email"))
        await compliance.place_hold(
            platform, actor, learner_id=learner_id, course_id=_course(form), reason=form.text("reason")
        )
    except Invalid as error:
        return await _new_hold(request, actor, platform, form, error)
    return redirect(PRIVACY, flash=Flash(text="The hold stands. Nothing that it covers is forgotten or erased."))


def _course(form: Form) -> UUID | None:
    chosen = form.text("course_id")
    if chosen and parse_id(chosen) is None:
        raise compliance.InvalidHold(fields={"course_id": "choose one of the list"})
    return parse_id(chosen)


async def member_called(platform: Platform, actor: Actor, typed: str) -> MembershipId | None:
    """The member of the address that was typed; None where the field was left empty. Raises InvalidHold.

    Only a whole address is looked for: of part of one every page of the members whom it fits would be read.
    """
    require(actor, compliance.MANAGE_PRIVACY)
    if not typed:
        return None
    if identity.email_or_none(typed) is None:
        raise compliance.InvalidHold(fields={"email": "write the whole address"})
    cursor: str | None = None
    async with platform.db.read(actor.tenant_id) as rx:
        while True:
            found = await identity.people(rx, identity.PeopleFilter(typed), limit=_PAGE, cursor=cursor)
            for each in found.items:
                if each.email.lower() == typed.lower():
                    return MembershipId(each.id)
            cursor = found.next_cursor
            if cursor is None:
                raise compliance.InvalidHold(fields={"email": "nobody here has this address"})


@page_post(f"{HOLDS}/{{hold_id:uuid}}/release")
async def release(hold_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await compliance.release_hold(platform, actor, hold_id)
    return redirect(PRIVACY, flash=Flash(text="The hold is released. What it kept goes by its usual time."))


ROUTES: tuple[Any, ...] = (new_hold, place, release)
