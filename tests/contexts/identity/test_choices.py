"""Agreeing and objecting: every decision is kept, the newest holds, and strangers see what follows from it."""

import pytest

from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.errors import UnknownChoice
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import Forbidden
from scholr.platform.runtime import Platform
from tests.contexts.compliance.log import actions_of
from tests.contexts.learning.test_certificates import issue
from tests.support.delivery import settle
from tests.support.learning import teach
from tests.support.school import School


async def certified(school: School) -> tuple[Actor, str, str]:
    """Somebody with a certificate, its code, and the name on it."""
    taught, ana = await teach(school, lessons=1), await school.person(name="Ana Ruiz")
    await taught.seat(ana)
    await learning.set_rule(school.platform, school.owner, course_id=taught.course, rule=learning.CourseRule())
    await taught.complete(ana)
    [held] = await learning.certificates(school.platform, ana)
    return ana, held.code, held.learner_name


async def told(platform: Platform, code: str) -> str:
    return (await learning.verify(platform, code)).learner_name


async def test_a_stranger_is_told_the_name_until_the_holder_objects(platform: Platform, school: School) -> None:
    ana, code, name = await certified(school)
    assert await told(platform, code) == name
    assert await identity.choose(platform, ana, purpose="certificate_name", given=False)
    assert await told(platform, code) == ""
    assert await identity.choose(platform, ana, purpose="certificate_name", given=True)
    assert await told(platform, code) == name


async def test_directory_information_is_the_organisations_word_and_the_learners_opt_out(
    platform: Platform, school: School
) -> None:
    ana, code, name = await certified(school)
    await identity.choose(platform, ana, purpose="directory", given=False)
    assert await told(platform, code) == ""
    await identity.choose(platform, ana, purpose="directory", given=True)
    await identity.set_directory(platform, school.owner, [])
    assert await told(platform, code) == ""
    await identity.choose(platform, ana, purpose="certificate_name", given=True)
    assert await told(platform, code) == name, "who agrees is shown, whatever the directory says"


async def test_one_learners_choice_says_nothing_of_another(platform: Platform, school: School) -> None:
    held, _ = await issue(school)
    ana, _, _ = await certified(school)
    await identity.choose(platform, ana, purpose="certificate_name", given=False)
    assert await told(platform, held.code) == held.learner_name


async def test_every_decision_is_kept_and_the_same_again_is_none(platform: Platform, school: School) -> None:
    ana = await school.person()
    assert ana.membership_id is not None
    for given, is_new in ((True, True), (True, False), (False, True), (True, True)):
        assert await identity.choose(platform, ana, purpose="directory", given=given) is is_new
    async with platform.db.read(school.tenant_id) as rx:
        history = await identity.choice_history(rx, ana.membership_id)
    assert [choice.given for choice in history] == [True, False, True]
    await settle(platform)
    assert (await actions_of(school)).count("identity.choice_made") == 3


async def test_what_nobody_asked_cannot_be_decided(platform: Platform, school: School) -> None:
    ana = await school.person()
    with pytest.raises(UnknownChoice):
        await identity.choose(platform, ana, purpose="anything", given=True)
    with pytest.raises(UnknownChoice):
        await identity.set_directory(platform, school.owner, ["shoe size"])
    with pytest.raises(Forbidden):
        await identity.set_directory(platform, await school.person(Role.INSTRUCTOR), [])
