"""Privacy in an organisation: what people ask for, what must stay, how long the rest is kept."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import Rights
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Invalid, NotFound
from scholr.kernel.ids import MembershipId, parse_id
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

PRIVACY = "/admin/privacy"
RULES = "/admin/privacy/rules"


@page_get(PRIVACY)
async def privacy(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _privacy(request, actor, platform)


async def _privacy(
    request: PageRequest, actor: Actor, platform: Platform, error: DomainError | None = None, field: str = ""
) -> Response[Any]:
    found = await compliance.rights(platform, actor)
    names, titles = await _names(platform, actor, found)
    return show(
        request,
        "admin/privacy.html",
        title="Privacy",
        area="admin",
        crumbs=(Crumb(label="Privacy"),),
        status_code=200 if error is None else 422,
        open_requests=[each for each in found.requests if each.answered_at is None],
        answered=[each for each in found.requests if each.answered_at is not None],
        standing=[each for each in found.holds if each.released_at is None],
        released=[each for each in found.holds if each.released_at is not None],
        exports=found.exports,
        names=names,
        titles=titles,
        now=platform.clock.now(),
        may_manage=may(actor, compliance.MANAGE_PRIVACY),
        errors=_errors(error, field) if error else {},
    )


@page_get(RULES)
async def rules(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _rules(request, actor, platform)


async def _rules(
    request: PageRequest, actor: Actor, platform: Platform, error: DomainError | None = None, field: str = ""
) -> Response[Any]:
    found = await compliance.rules(platform, actor)
    return show(
        request,
        "admin/privacy_rules.html",
        title="What is kept and told",
        area="admin",
        crumbs=(Crumb(label="Privacy", href=PRIVACY), Crumb(label="What is kept and told")),
        status_code=200 if error is None else 422,
        keeping=found.keeping,
        due=sum(each.due for each in found.keeping),
        directory=found.directory,
        may_manage=may(actor, compliance.MANAGE_PRIVACY),
        errors=_errors(error, field) if error else {},
    )


def _errors(error: DomainError, field: str) -> dict[str, str]:
    """`field` is the one on this page that a message without a name, or about `days`, belongs to."""
    return {field if name == "days" else name: message for name, message in errors_of(error, field).items()}


async def _names(platform: Platform, actor: Actor, found: Rights) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """What the people and the courses of the page are called."""
    people: set[UUID] = {each.learner_id for each in found.requests} | {each.learner_id for each in found.exports}
    people |= {each.learner_id for each in found.holds if each.learner_id}
    courses = {each.course_id for each in found.holds if each.course_id}
    async with platform.db.read(actor.tenant_id) as rx:
        members = await identity.members(rx, _memberships(people)) if people else {}
        listed = await catalog.list_courses(rx, list(courses)) if courses else {}
    titles = {UUID(str(key)): course.title for key, course in listed.items()}
    return {UUID(str(key)): member.name for key, member in members.items()}, titles


def _memberships(ids: Iterable[UUID]) -> list[MembershipId]:
    return [MembershipId(each) for each in ids]


@page_post(f"{PRIVACY}/requests/{{request_id:uuid}}")
async def answer(
    request: PageRequest, request_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    done = form.text("state") == "done"
    try:
        await compliance.answer_request(platform, actor, request_id, done=done, answer=form.text("answer"))
    except (Invalid, compliance.AnsweredAlready) as error:
        return await _privacy(request, actor, platform, error, "answer")
    return redirect(PRIVACY, flash=Flash(text="The answer is on its way to them by mail."))


@page_post(f"{PRIVACY}/holds")
async def place(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        learner_id, course_id = await _person(platform, actor, form), parse_id(form.text("course_id"))
        await compliance.place_hold(
            platform, actor, learner_id=learner_id, course_id=course_id, reason=form.text("reason")
        )
    except Invalid as error:
        return await _privacy(request, actor, platform, error, "reason")
    return redirect(PRIVACY, flash=Flash(text="The hold stands. Nothing that it covers is forgotten or erased."))


async def _person(platform: Platform, actor: Actor, form: Form) -> MembershipId | None:
    """The member of the address that was typed; None where the field was left empty. Raises InvalidHold."""
    require(actor, compliance.MANAGE_PRIVACY)
    typed = form.text("email")
    if not typed:
        return None
    async with platform.db.read(actor.tenant_id) as rx:
        found = await identity.people(rx, identity.PeopleFilter(typed), limit=2)
    exact = [each for each in found.items if each.email.lower() == typed.lower()]
    if len(exact) != 1:
        raise compliance.InvalidHold(fields={"email": "nobody here has this address"})
    return MembershipId(exact[0].id)


@page_post(f"{PRIVACY}/holds/{{hold_id:uuid}}/release")
async def release(hold_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await compliance.release_hold(platform, actor, hold_id)
    return redirect(PRIVACY, flash=Flash(text="The hold is released. What it kept goes by its usual time."))


@page_post(f"{PRIVACY}/retention")
async def keep(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    kind, days = form.text("kind"), form.text("days")
    try:
        await compliance.set_period(platform, actor, kind=kind, days=int(days) if days.isdecimal() else -1)
    except Invalid as error:
        return await _rules(request, actor, platform, error, f"days-{kind}")
    return redirect(RULES, flash=Flash(text="The new time holds from the next tidying on."))


@page_post(f"{PRIVACY}/directory")
async def directory(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    await identity.set_directory(platform, actor, form.many("fields"))
    return redirect(RULES, flash=Flash(text="What strangers are told has changed."))


@page_post(f"{PRIVACY}/exports")
async def export(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        learner_id = await _person(platform, actor, form)
        if learner_id is None:
            raise compliance.InvalidHold(fields={"export-email": "say whose data"})
        await compliance.ask_for_export_of(platform, actor, learner_id)
    except Invalid as error:
        return await _privacy(request, actor, platform, error, "export-email")
    except NotFound:
        return redirect(PRIVACY, flash=Flash(text="They are no member any more."))
    return redirect(PRIVACY, flash=Flash(text="The file is being made; the person is told of it."))


ROUTES: tuple[Any, ...] = (privacy, rules, answer, place, release, keep, directory, export)
