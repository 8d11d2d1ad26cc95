"""Whoever asks for what they may not do leaves that in the log, once an hour."""

from datetime import timedelta

from scholr.contexts.compliance.model import Entry
from scholr.kernel.actor import Role
from scholr.platform.audit import AccessRefused
from scholr.platform.runtime import Platform
from tests.contexts.auth.test_tokens import bearer, make_token
from tests.contexts.compliance.log import entries_of, superuser
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import settle
from tests.support.school import School

SIGNATURE = "(uuid, uuid, text, text, uuid, jsonb, timestamptz, text, jsonb)"


async def refusals_of(school: School) -> list[Entry]:
    await settle(school.platform)
    return [entry for entry in await entries_of(school) if entry.action == AccessRefused.event_type]


async def test_a_refusal_is_entered_with_who_and_what(platform: Platform, school: School, clock: MovableClock) -> None:
    learner = await account(school)
    async with browser(platform, learner) as client:
        answers = [await client.get("/admin/people"), await client.get("/admin/people"), await client.get("/api/audit")]
        assert [each.status_code for each in answers] == [403, 403, 403]
        people, log = await refusals_of(school)
        assert (people.details, log.details) == (
            '{"permission":"identity.see_people"}',
            '{"permission":"compliance.see_log"}',
        )
        assert (people.actor_kind, people.actor_id) == ("person", learner.membership_id)
        assert (people.subject_kind, people.subject_id) == ("organization", school.tenant_id)
        assert str(people.request_id) == answers[0].headers["x-request-id"]
        clock.advance(timedelta(hours=1))
        await client.get("/admin/people")
    assert len(await refusals_of(school)) == 3


async def test_a_token_without_the_scope_is_named(platform: Platform, school: School) -> None:
    token = await make_token(platform, await account(school, Role.ADMIN), "people:read")
    async with api_client(platform) as client:
        body = {"email": "x@example.org", "name": "X"}
        assert (await client.post("/api/users", json=body, headers=bearer(token))).status_code == 403
    (entry,) = await refusals_of(school)
    assert entry.token_id is not None
    assert entry.details == '{"permission":"identity.manage_people"}'


async def test_nothing_is_entered_of_what_is_allowed_or_not_found(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school)) as client:
        assert (await client.get("/catalogue")).status_code == 200
        assert (await client.get("/no/such/page")).status_code == 404
    async with browser(platform) as stranger:
        assert (await stranger.get("/admin/people")).status_code == 303
    assert await refusals_of(school) == []


async def test_a_refusal_that_cannot_be_noted_is_answered_all_the_same(
    platform: Platform, school: School, database: TestDatabase
) -> None:
    learner = await account(school)
    async with browser(platform, learner) as client, superuser(database) as admin:
        await admin.execute(f"alter function platform_note{SIGNATURE} rename to platform_note_gone")
        try:
            assert (await client.get("/api/users")).status_code == 403
        finally:
            await admin.execute(f"alter function platform_note_gone{SIGNATURE} rename to platform_note")
    assert await refusals_of(school) == []
