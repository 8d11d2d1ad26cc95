"""People who can sign in, and browsers in which they have."""

import dataclasses
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from scholr.contexts.auth import facade as auth
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.site import build_http
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.ids import MembershipId, PersonId
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.runtime import Platform
from tests.support.school import School

OPERATOR_TOKEN = "an operator's token, long enough to be one"
PASSWORD = "three lamps on a quay"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Account:
    email: str
    password: str
    actor: Actor

    @property
    def person_id(self) -> PersonId:
        assert self.actor.person_id is not None
        return self.actor.person_id

    @property
    def membership_id(self) -> MembershipId:
        assert self.actor.membership_id is not None
        return self.actor.membership_id


async def account(school: School, role: Role = Role.LEARNER, *, email: str | None = None) -> Account:
    """A member of the school with a password; the same e-mail in another school is the same person."""
    address = email or f"account{next(_numbers)}.{school.tenant_id.hex[-12:]}@example.org"
    membership_id = await auth.add_member_with_password(
        school.platform, school.owner, email=address, name=address.split(".")[0].title(), password=PASSWORD, role=role
    )
    async with school.platform.db.read(None) as rx:
        person = await identity.person_by_email(rx, address)
    assert person is not None
    actor = Actor(
        ActorKind.PERSON,
        tenant_id=school.tenant_id,
        person_id=person.id,
        membership_id=membership_id,
        roles=frozenset({role}),
    )
    return Account(address, PASSWORD, actor)


@asynccontextmanager
async def browser(platform: Platform, signed_in: Account | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client that asks for pages, keeps cookies and follows no redirect by itself."""
    transport = httpx.ASGITransport(app=build_http(platform))  # type: ignore[arg-type]  # httpx types ASGI more loosely
    base_url = platform.http.public_url.split(":8080")[0]
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers={"Accept": "text/html"}) as client:
        if signed_in is not None:
            answer = await sign_in(client, signed_in.email, signed_in.password)
            assert answer.status_code == 303, answer.text
        yield client


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await client.post("/sign-in", data={"email": email, "password": password, **more})


def in_production(platform: Platform) -> Platform:
    """The same platform as a deployment at https://scholr.example would have it."""
    http = HttpSettings(Profile.PRODUCTION, "127.0.0.1", 8080, "https://scholr.example", operator_token=OPERATOR_TOKEN)
    return dataclasses.replace(platform, http=http)
