"""The audit log: who did what, found by person, kind, day or thing; the whole of it as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.response import Stream

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import Entry, ExportFormat, Search
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, parse_id
from scholr.platform.http.api import page_get
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.web.admin.audit_words import MEMBERS, WORDS, Line, line_of
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb

AUDIT = "/admin/audit"
SHOWN = 50
_MOST_NAMESAKES = 50
_RIGHTS = ("compliance", "identity.choice_made", "identity.directory_changed", "platform.part_erased")
_LOOKS = tuple(action for action in WORDS if action.rpartition("_")[2] in ("read", "listed", "exported"))

KINDS: Mapping[str, tuple[str, Sequence[str]]] = {
    "people": ("People and roles", ("identity",)),
    "access": ("Sign-in and access", ("auth",)),
    "grades": ("Grades and exams", ("assessment",)),
    "courses": ("Courses and seats", ("catalog", "enrollment")),
    "certificates": ("Certificates", ("learning",)),
    "privacy": ("Privacy and erasures", _RIGHTS),
    "looks": ("Looking and taking files", _LOOKS),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for; what cannot be understood narrows nothing."""

    who: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    subject: str = ""

    @classmethod
    def of(cls, request: PageRequest) -> "Filter":
        asked = request.query_params
        kind, subject = asked.get("kind", ""), parse_id(asked.get("subject", ""))
        return cls(
            who=asked.get("who", "").replace("\x00", "").strip()[:200],
            kind=kind if kind in KINDS else "",
            since=asked.get("since", "") if _day(asked.get("since", "")) else "",
            until=asked.get("until", "") if _day(asked.get("until", "")) else "",
            subject=str(subject) if subject else "",
        )

    def query(self, **more: str) -> str:
        own = {"who": self.who, "kind": self.kind, "since": self.since, "until": self.until, "subject": self.subject}
        return urlencode({name: value for name, value in {**own, **more}.items() if value})

    @property
    def narrows(self) -> bool:
        return any((self.who, self.kind, self.since, self.until, self.subject))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@page_get(AUDIT)
async def audit(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Seven statements at most: the session, who is meant, the page, its note, names, titles, the state."""
    require(actor, compliance.SEE_LOG)
    chosen = Filter.of(request)
    wanted = await _search(platform, actor, context, chosen)
    cursor = request.query_params.get("before")
    page = await compliance.search(platform, actor, wanted, cursor=cursor, limit=SHOWN)
    lines, state = await _lines(platform, actor, page.items)
    return show(
        request,
        "admin/audit.html",
        title="Audit log",
        area="admin",
        crumbs=(Crumb(label="Audit log"),),
        lines=lines,
        state=state,
        filter=chosen,
        kinds=[("", "Everything"), *((key, label) for key, (label, _) in KINDS.items())],
        export=chosen.query(),
        next_href=f"{AUDIT}?{chosen.query(before=page.next_cursor)}" if page.next_cursor else None,
        first_href=f"{AUDIT}?{chosen.query()}" if cursor else None,
    )


async def _search(platform: Platform, actor: Actor, context: RequestContext, chosen: Filter) -> Search:
    zone = ZoneInfo(context.viewer.time_zone if context.viewer else "UTC")
    since, until = _day(chosen.since), _day(chosen.until)
    return Search(
        actor_ids=await _members_called(platform, actor, chosen.who) if chosen.who else None,
        actions=KINDS[chosen.kind][1] if chosen.kind else None,
        subject_id=parse_id(chosen.subject) if chosen.subject else None,
        since=_midnight(since, zone) if since else None,
        until=_midnight(until + timedelta(days=1), zone) if until and until < date.max else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """A day begins in UTC where the viewer's own midnight would lie outside of the calendar."""
    return datetime.combine(day, time(), zone if date.min < day < date.max else ZoneInfo("UTC"))


async def _members_called(platform: Platform, actor: Actor, text: str) -> list[UUID]:
    """Members with this in their name or address; a membership's id stands for itself."""
    if (known := parse_id(text)) is not None:
        return [known]
    async with platform.db.read(actor.tenant_id) as rx:
        found = await identity.people(rx, identity.PeopleFilter(text), limit=_MOST_NAMESAKES)
    return [person.id for person in found.items]


async def _lines(platform: Platform, actor: Actor, entries: Sequence[Entry]) -> tuple[list[Line], compliance.LogState]:
    ids = {entry.actor_id for entry in entries if entry.actor_id}
    ids |= {entry.subject_id for entry in entries if entry.subject_kind in MEMBERS}
    courses = {entry.subject_id for entry in entries if entry.subject_kind == "course"}
    async with platform.db.read(actor.tenant_id) as rx:
        people = await identity.members(rx, [MembershipId(each) for each in ids]) if ids else {}
        named = await catalog.list_courses(rx, list(courses)) if courses else {}
        state = await compliance.log_state(rx)
    names = {key: person.name for key, person in people.items()}
    titles = {UUID(str(key)): course.title for key, course in named.items()}
    return [line_of(entry, names, titles) for entry in entries], state


@page_get([f"{AUDIT}/export.csv", f"{AUDIT}/export.jsonl"], media_type="application/octet-stream")
async def audit_file(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Stream:
    """What the page shows, all of it, as it is written: codes and ids, with the hashes that prove them."""
    require(actor, compliance.SEE_LOG)
    name = request.url.path.rpartition("/")[2]
    file_format = ExportFormat(name.rpartition(".")[2])
    wanted = await _search(platform, actor, context, Filter.of(request))
    pieces = await compliance.export(platform, actor, wanted, file_format)
    media_type = "text/csv" if file_format is ExportFormat.CSV else "application/jsonl"
    headers = {"content-disposition": f'attachment; filename="audit.{file_format}"', "cache-control": "no-store"}
    return Stream(pieces, media_type=media_type, headers=headers)


ROUTES: tuple[Any, ...] = (audit, audit_file)
