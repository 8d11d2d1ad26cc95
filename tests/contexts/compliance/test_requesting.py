"""A person asks, an administrator answers, and both are provable."""

from datetime import timedelta

import pytest

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import RequestKind
from scholr.kernel.actor import Role
from scholr.kernel.errors import Forbidden, NotFound
from scholr.platform.mail.local import LocalMailer
from scholr.platform.runtime import Platform
from tests.contexts.compliance.log import actions_of, entries_of
from tests.support.accounts import account
from tests.support.clock import MovableClock
from tests.support.delivery import settle
from tests.support.school import School


async def test_a_request_is_due_in_a_month_and_the_answer_reaches_the_person(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    ana = await account(school)
    request_id = await compliance.make_request(
        platform, ana.actor, kind=RequestKind.CORRECTION, wish="My name is Anna, with two n"
    )
    [waiting] = (await compliance.rights(platform, school.owner)).requests
    assert waiting.due_at == clock.now() + timedelta(days=30)
    await compliance.answer_request(platform, school.owner, request_id, done=True, answer="Corrected today")
    with pytest.raises(compliance.AnsweredAlready):
        await compliance.answer_request(platform, school.owner, request_id, done=False, answer="No")
    await settle(platform)
    [own] = (await compliance.own_rights(platform, ana.actor)).requests
    assert (own.state, own.answer) == ("done", "Corrected today")
    assert isinstance(platform.mailer, LocalMailer)
    assert any(mail.to == ana.email and "Corrected today" in mail.text for mail in await platform.mailer.kept())
    assert {"compliance.request_made", "compliance.request_answered"} <= set(await actions_of(school))
    assert not any("two n" in entry.details or "Corrected" in entry.details for entry in await entries_of(school))


async def test_a_refusal_says_why(platform: Platform, school: School) -> None:
    ana = await school.person()
    request_id = await compliance.make_request(platform, ana, kind=RequestKind.OBJECTION, wish="Stop counting minutes")
    with pytest.raises(compliance.InvalidRequest):
        await compliance.answer_request(platform, school.owner, request_id, done=False, answer=" ")


async def test_requests_are_bounded_and_have_words(platform: Platform, school: School) -> None:
    ana = await school.person()
    for words in ("", "  ", "x" * 4001):
        with pytest.raises(compliance.InvalidRequest):
            await compliance.make_request(platform, ana, kind=RequestKind.ERASURE, wish=words)
    for _ in range(10):
        await compliance.make_request(platform, ana, kind=RequestKind.ERASURE, wish="Erase me")
    with pytest.raises(compliance.InvalidRequest):
        await compliance.make_request(platform, ana, kind=RequestKind.ERASURE, wish="Erase me")


async def test_only_administrators_of_the_same_organisation_answer(
    platform: Platform, school: School, other_school: School
) -> None:
    ana = await school.person()
    request_id = await compliance.make_request(platform, ana, kind=RequestKind.ERASURE, wish="Erase me")
    for actor in (ana, await school.person(Role.INSTRUCTOR), await school.person(Role.AUDITOR)):
        with pytest.raises(Forbidden):
            await compliance.answer_request(platform, actor, request_id, done=True, answer="")
    with pytest.raises(NotFound):
        await compliance.answer_request(platform, other_school.owner, request_id, done=True, answer="")
