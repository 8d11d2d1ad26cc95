"""Acting on the people of a cohort: add, answer requests, write, extend, move, withdraw, and take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, ErrorKind
from scholr.kernel.ids import MembershipId, parse_id
from scholr.kernel.moments import read_day
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.cohorts import COHORTS, time_zone_of
from scholr.web.teach.cohorts_people import View, measured, show_cohort

MOST = 500
NAMED = 12
"""How many people an act names before it is done."""

FOR_ALL = ("message", "extend")
"""What may be done to everybody who fits: one transaction each, however many they are."""

UNDOABLE = 25
"""How many people fit into the address of an undo."""

TITLES = {"message": "Write to", "extend": "Give more time to", "move": "Move", "withdraw": "Withdraw"}


@page_post("/teach/cohorts/{cohort_id:uuid}/people")
async def add_person(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Enrol somebody who belongs to the organisation, by their address; a full cohort puts them into the queue."""
    await _require_managed(platform, actor, cohort_id)
    email = (await read_form(request)).text("email")
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.member_by_email(rx, email)
    if found is None:
        text = "Nobody with this address belongs here. Invite them first."
        return await show_cohort(request, actor, platform, cohort_id, add_error=text, email=email)
    try:
        done = await enrollment.enrol(platform, actor, cohort_id=cohort_id, learner_id=found, may_wait=True)
    except DomainError as error:
        if error.kind is not ErrorKind.CONFLICT:
            raise
        return await show_cohort(request, actor, platform, cohort_id, add_error=error.message, email=email)
    told = "is in" if done.status == "active" else f"is number {done.position} in the queue"
    return redirect(f"{COHORTS}/{cohort_id}", flash=Flash(text=f"{email} {told}."))


@page_post("/teach/cohorts/{cohort_id:uuid}/requests")
async def answer(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Let in or decline those who ask or wait."""
    await _require_managed(platform, actor, cohort_id)
    form = await read_form(request)
    act = enrollment.approve if form.text("do") == "approve" else enrollment.decline
    chosen = _chosen(form)
    if not chosen:
        return redirect(f"{COHORTS}/{cohort_id}", flash=Flash(text="Choose somebody first."))
    done, refused = [], ""
    for each in chosen:
        try:
            done.append(await act(platform, actor, enrollment_id=each))
        except DomainError as error:
            if error.kind is not ErrorKind.CONFLICT:
                raise
            refused = f" {error.message}"
    queued = sum(each.status == "waitlisted" for each in done)
    words = f"{len(done) - queued} let in" if form.text("do") == "approve" else f"{len(done)} declined"
    text = f"{words}{f', {queued} into the queue' if queued else ''}.{refused}"
    return redirect(f"{COHORTS}/{cohort_id}", flash=Flash(text=text))


@page_post("/teach/cohorts/{cohort_id:uuid}/act")
async def ask(request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """What is needed before acting on the chosen: a text, a day, another cohort, or a yes."""
    await _require_managed(platform, actor, cohort_id)
    form = await read_form(request)
    if not _chosen(form) and not _is_for_all(form):
        return redirect(f"{COHORTS}/{cohort_id}", flash=Flash(text="Choose somebody first."))
    return await _ask(request, actor, platform, cohort_id, form)


@page_post("/teach/cohorts/{cohort_id:uuid}/do")
async def act(request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await _require_managed(platform, actor, cohort_id)
    form = await read_form(request)
    try:
        flash = await _act(request, platform, actor, cohort_id, form)
    except DomainError as error:
        if error.kind not in (ErrorKind.INVALID, ErrorKind.CONFLICT):
            raise
        return await _ask(request, actor, platform, cohort_id, form, error)
    return redirect(f"{COHORTS}/{cohort_id}", flash=flash)


async def _act(request: PageRequest, platform: Platform, actor: Actor, cohort_id: UUID, form: Form) -> Flash:
    match form.text("do"):
        case "message":
            sent = await enrollment.message(
                platform,
                actor,
                cohort_id=cohort_id,
                enrollment_ids=await _meant(platform, actor, cohort_id, form),
                subject=form.text("subject"),
                text=form.text("text"),
                without_seat=_is_for_all(form),
            )
            return Flash(text=f"Written to {people(sent)}.")
        case "extend":
            extended = await enrollment.extend(
                platform,
                actor,
                cohort_id=cohort_id,
                enrollment_ids=await _meant(platform, actor, cohort_id, form),
                until=_end_of(form.text("until"), request),
                without_seat=_is_for_all(form),
            )
            return Flash(text=f"{people(extended).capitalize()} may go on until {form.text('until')}.")
        case "move":
            return await _move(platform, actor, form, _chosen(form))
        case _:
            return await _withdraw(platform, actor, cohort_id, _chosen(form))


def _is_for_all(form: Form) -> bool:
    return form.checked("all") and form.text("do") in FOR_ALL


async def _meant(platform: Platform, actor: Actor, cohort_id: UUID, form: Form) -> list[UUID]:
    """The ticked, or everybody who fits what the form says, as things are now."""
    if not _is_for_all(form):
        return _chosen(form)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.access_cohort(rx, actor, cohort_id)
        return await learning.roster_seats(rx, await _group(rx, platform, found), _view(form).wanted)


async def _group(rx: ReadUnit, platform: Platform, found: enrollment.CohortView) -> learning.CohortOf:
    outline = await catalog.outline(rx, found.course_id)
    return measured(found, len(outline.lessons), platform.clock.now())


def _view(form: Form) -> View:
    return View.of({name: form.text(name) for name in ("q", "show", "why")})


async def _move(platform: Platform, actor: Actor, form: Form, chosen: Sequence[UUID]) -> Flash:
    """One by one, so that those for whom there is room are moved; says how many there was none for."""
    target = parse_id(form.text("target"))
    if target is None:
        raise enrollment.NotTransferable
    moved, refused = 0, ""
    for each in chosen:
        try:
            await enrollment.transfer(platform, actor, enrollment_id=each, cohort_id=target)
            moved += 1
        except DomainError as error:
            if error.kind is not ErrorKind.CONFLICT:
                raise
            refused = f" {error.message}"
    return Flash(text=f"{people(moved).capitalize()} moved.{refused}")


async def _withdraw(platform: Platform, actor: Actor, cohort_id: UUID, chosen: Sequence[UUID]) -> Flash:
    gone = [await enrollment.withdraw(platform, actor, enrollment_id=each) for each in chosen]
    ids = ",".join(str(each.learner_id) for each in gone)
    undo = f"{COHORTS}/{cohort_id}/bring-back?people={ids}" if len(gone) <= UNDOABLE else None
    return Flash(text=f"{people(len(gone)).capitalize()} withdrawn. Their work is kept.", undo_url=undo)


@page_post("/teach/cohorts/{cohort_id:uuid}/bring-back")
async def bring_back(
    request: PageRequest, cohort_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """The undo of withdrawing: seats for those that are still free, the queue for the rest."""
    await _require_managed(platform, actor, cohort_id)
    ids = [found for text in request.query_params.get("people", "").split(",") if (found := parse_id(text))]
    back = [
        await enrollment.enrol(platform, actor, cohort_id=cohort_id, learner_id=MembershipId(each), may_wait=True)
        for each in ids[:UNDOABLE]
    ]
    seats = sum(each.status == "active" for each in back)
    queued = f", {len(back) - seats} in the queue because the seats are gone" if seats < len(back) else ""
    return redirect(f"{COHORTS}/{cohort_id}", flash=Flash(text=f"{people(seats).capitalize()} back{queued}."))


@dataclass(frozen=True, slots=True)
class Selected:
    """Whom an act is for; `ids` are empty where it is for everybody who fits."""

    count: int
    names: Sequence[str]
    ids: Sequence[UUID]


async def _selected(rx: ReadUnit, platform: Platform, found: enrollment.CohortView, form: Form) -> Selected:
    if _is_for_all(form):
        group = await _group(rx, platform, found)
        page = await learning.roster_page(rx, group, _view(form).wanted, sort="name", limit=NAMED)
        return Selected(page.matching, [each.name for each in page.lines], [])
    chosen = await enrollment.chosen_people(rx, found.id, _chosen(form))
    return Selected(len(chosen), [each.name for each in chosen], [each.enrollment_id for each in chosen])


async def _ask(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    cohort_id: UUID,
    form: Form,
    error: DomainError | None = None,
) -> Response[Any]:
    require(actor, enrollment.MANAGE_COHORTS)
    do = form.text("do") if form.text("do") in TITLES else "withdraw"
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.access_cohort(rx, actor, cohort_id)
        selected = await _selected(rx, platform, found, form)
        siblings = await enrollment.list_cohorts(rx, found.course_id) if do == "move" else []
    title = f"{TITLES[do]} {people(selected.count)}"
    return show(
        request,
        "teach/cohort_act.html",
        title=title,
        area="teach",
        crumbs=(
            Crumb(label="Cohorts", href=COHORTS),
            Crumb(label=found.name, href=f"{COHORTS}/{cohort_id}"),
            Crumb(label=title),
        ),
        status_code=422 if error else 200,
        do=do,
        cohort=found,
        selected=selected,
        view=_view(form) if _is_for_all(form) else None,
        siblings=[each for each in siblings if each.id != cohort_id and each.status == "open"],
        values={name: form.text(name) for name in ("subject", "text", "until", "target")},
        errors=errors_of(error, _FIELD[do]) if error else {},
        most_names=NAMED,
    )


_FIELD = {"message": "text", "extend": "until", "move": "target", "withdraw": "withdraw"}


def _chosen(form: Form) -> list[UUID]:
    return [found for text in form.many("ids") if (found := parse_id(text)) is not None][:MOST]


def _end_of(text: str, request: PageRequest) -> datetime:
    """The end of a day in the reader's time zone; raises InvalidExtension for what is no day."""
    try:
        day = read_day(text)
    except ValueError as error:
        raise enrollment.InvalidExtension(fields={"until": "A day, such as 2026-12-20."}) from error
    return datetime.combine(day + timedelta(days=1), time(), time_zone_of(request)).astimezone(UTC)


async def _require_managed(platform: Platform, actor: Actor, cohort_id: UUID) -> None:
    """Raises unless the actor runs this cohort; before anything is said about what was sent."""
    require(actor, enrollment.MANAGE_COHORTS)
    async with platform.db.read(actor.tenant_id) as rx:
        await enrollment.access_cohort(rx, actor, cohort_id)


def people(count: int) -> str:
    return "one person" if count == 1 else f"{count:,} people"


ROUTES = (add_person, answer, ask, act, bring_back)
