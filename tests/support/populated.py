"""Two schools full of objects on one deployment, for sweeps over everything that the program can be asked."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from litestar.types import ASGIApp

from scholr.contexts.auth.tables import PasskeyRow
from scholr.entrypoints.site import build_http
from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.kernel.actor import Role
from scholr.kernel.ids import TenantId
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from scholr.platform.storage.objects import open_store
from scholr.platform.storage.settings import StorageSettings
from tests.support.accounts import Account, account, sign_in
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import attach, detach, settle
from tests.support.populated_school import People, fill_school
from tests.support.rates import GENEROUS
from tests.support.school import open_school

BASE_URL = "http://localhost"


@dataclass(frozen=True, slots=True)
class PopulatedSchool:
    """`ids` are by the name of the parameter that takes them; `cookies` hold a session for each role."""

    tenant_id: TenantId
    canary: str
    ids: Mapping[str, str]
    accounts: Mapping[Role, Account]
    cookies: Mapping[Role, str]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never appear in an answer to anybody of another school."""
        return (self.canary, str(self.tenant_id))


@dataclass(frozen=True, slots=True)
class PopulatedWorld:
    """Plain data, so that it outlives the event loop in which it was made."""

    settings: PlatformSettings
    clock: MovableClock
    worker_dsn: str
    ours: PopulatedSchool
    theirs: PopulatedSchool


@dataclass(frozen=True, slots=True)
class LiveWorld:
    """The populated world as one test has it: a platform, and the application on it."""

    platform: Platform
    app: ASGIApp
    ours: PopulatedSchool
    theirs: PopulatedSchool

    def nobody(self) -> httpx.AsyncClient:
        return client_of(self.app)

    def owner_by_header(self) -> httpx.AsyncClient:
        """The demo's way in: acts as our owner, without a person behind it."""
        return client_of(self.app, {"X-Tenant-Id": str(self.ours.tenant_id)})

    def signed_in(self, role: Role) -> httpx.AsyncClient:
        """A browser in which a member of our school with this role is signed in."""
        return client_of(self.app, {"Cookie": self.ours.cookies[role]})


def populate(database: TestDatabase, directory: Path) -> PopulatedWorld:
    """Make the two schools; called outside of any event loop."""
    settings = PlatformSettings(
        DatabaseSettings(database.app, pool_size=5),
        HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080"),
        KeyRing((secrets.token_bytes(32),)),
        mailer=LocalMailer(directory / "mail"),
        storage=open_store(StorageSettings(directory / "files")),
        rates=GENEROUS,
    )
    return asyncio.run(_populate(settings, database.worker))


async def _populate(settings: PlatformSettings, worker_dsn: str) -> PopulatedWorld:
    clock = MovableClock()
    async with _opened(settings, clock, worker_dsn) as platform:
        app = build_http(platform)
        ours = await _school(platform, app, "Ours")
        theirs = await _school(platform, app, "Theirs")
    return PopulatedWorld(settings, clock, worker_dsn, ours, theirs)


@asynccontextmanager
async def enter(world: PopulatedWorld) -> AsyncIterator[LiveWorld]:
    """The world on a platform of the running event loop, in the demo profile."""
    async with _opened(world.settings, world.clock, world.worker_dsn) as platform:
        yield LiveWorld(platform, build_http(platform), world.ours, world.theirs)


@asynccontextmanager
async def _opened(settings: PlatformSettings, clock: MovableClock, worker_dsn: str) -> AsyncIterator[Platform]:
    platform = build_platform(settings, clock=clock)
    try:
        await attach(platform, worker_dsn)
        yield platform
    finally:
        await detach(platform)
        await platform.db.close()


async def _school(platform: Platform, app: ASGIApp, name: str) -> PopulatedSchool:
    canary = f"canary{secrets.token_hex(6)}"
    school = await open_school(platform, f"{name} {canary}")
    accounts = {role: await account(school, role, email=f"{role}@{canary}.example.org") for role in Role}
    people = People(str(accounts[Role.LEARNER].membership_id), str(accounts[Role.INSTRUCTOR].membership_id))
    async with client_of(app, {"X-Tenant-Id": str(school.tenant_id)}) as owner:
        ids = await fill_school(owner, canary=canary, people=people)
    await settle(platform)
    cookies = {role: await _session(app, accounts[role]) for role in Role}
    found = PopulatedSchool(school.tenant_id, canary, {**ids, "tenant_id": str(school.tenant_id)}, accounts, cookies)
    return replace(found, ids={**found.ids, **await _own_things(platform, app, found)})


async def _own_things(platform: Platform, app: ASGIApp, school: PopulatedSchool) -> dict[str, str]:
    """What only people have: a second session and a token of the owner, notes of the learner."""
    await _session(app, school.accounts[Role.OWNER])
    async with client_of(app, {"Cookie": school.cookies[Role.OWNER]}) as owner:
        listed = (await owner.get("/api/me/sessions")).json()["items"]
        made = await owner.post("/api/tokens", json={"name": school.canary, "scopes": ["courses:read"]})
    note_path = f"/api/courses/{school.ids['course_id']}/lessons/{school.ids['lesson_id']}/notes"
    async with client_of(app, {"Cookie": school.cookies[Role.LEARNER]}) as learner:
        note = await learner.post(note_path, json={"text": school.canary})
        deleted = await learner.post(note_path, json={"text": school.canary})
        await learner.delete(f"/api/notes/{deleted.json()['id']}")
    return {
        "passkey_id": await _passkey(platform, school),
        "session_id": next(each["id"] for each in listed if not each["current"]),
        "token_id": made.json()["id"],
        "note_id": note.json()["id"],
        "deleted_note_id": deleted.json()["id"],
    }


async def _passkey(platform: Platform, school: PopulatedSchool) -> str:
    """A key of the owner as the database keeps it; none could be made without a device that holds its other half."""
    owner = school.accounts[Role.OWNER].person_id
    async with platform.db.write(school.tenant_id, person_id=owner) as tx:
        row = PasskeyRow(
            person_id=owner,
            credential_id=school.canary.encode(),
            public_key=b"key",
            sign_count=0,
            name=school.canary,
            transports=[],
            backed_up=False,
            created_at=platform.clock.now(),
        )
        tx.session.add(row)
        await tx.session.flush()
        return str(row.id)


async def _session(app: ASGIApp, member: Account) -> str:
    """A fresh session, as the Cookie header that proves it."""
    async with client_of(app, {"Accept": "text/html"}) as browser:
        answer = await sign_in(browser, member.email)
        assert answer.status_code == 303, answer.text
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def client_of(app: ASGIApp, headers: Mapping[str, str] | None = None, *, base_url: str = BASE_URL) -> httpx.AsyncClient:
    """A client of the application in this process that follows no redirect."""
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # httpx types ASGI more loosely
    return httpx.AsyncClient(transport=transport, base_url=base_url, headers=dict(headers or {}))
