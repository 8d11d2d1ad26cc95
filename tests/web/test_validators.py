"""A page that is still good is not made again; one that differs in anything that its reader sees is."""

import httpx
import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.client import api_client
from tests.support.learning import Taught, teach
from tests.support.school import School


@pytest.fixture
async def taught(school: School) -> Taught:
    return await teach(school)


@pytest.fixture
async def learner(school: School, taught: Taught) -> Account:
    found = await account(school)
    await taught.seat(found.actor)
    return found


async def again(client: httpx.AsyncClient, path: str, first: httpx.Response) -> httpx.Response:
    return await client.get(path, headers={"if-none-match": first.headers["etag"]})


async def test_catalogue_course_and_lesson_answer_that_nothing_changed(
    platform: Platform, taught: Taught, learner: Account
) -> None:
    async with browser(platform, learner) as client:
        for path in ("/catalogue", f"/catalogue/{taught.course}", taught.path, taught.lesson_path(0)):
            first = await client.get(path)
            second = await again(client, path, first)
            assert (first.status_code, second.status_code) == (200, 304), path
            assert second.content == b""
            assert second.headers["etag"] == first.headers["etag"]
            for answer in (first, second):
                assert answer.headers["cache-control"] == "private, no-cache"
                assert "Cookie" in answer.headers["vary"]
            # The kept page goes on under the policy of its own nonce.
            assert "content-security-policy" in first.headers
            assert "content-security-policy" not in second.headers


async def test_what_the_reader_does_makes_another_page(platform: Platform, taught: Taught, learner: Account) -> None:
    lesson, actor = taught.lesson_path(0), learner.actor
    async with browser(platform, learner) as client:
        seen = {(await client.get(lesson)).headers["etag"]}
        await learning.add_note(platform, actor, course_id=taught.course, lesson_id=taught.lessons[0], text="mine")
        seen.add((await client.get(lesson)).headers["etag"])
        course = await client.get(taught.path)
        await learning.complete_lesson(platform, actor, course_id=taught.course, lesson_id=taught.lessons[0])
        seen.add((await client.get(lesson)).headers["etag"])
        assert len(seen) == 3
        assert (await again(client, taught.path, course)).status_code == 200


async def test_what_was_published_makes_another_page(
    platform: Platform, school: School, taught: Taught, learner: Account
) -> None:
    async with browser(platform, learner) as client:
        paths = ("/catalogue", taught.path, taught.lesson_path(0))
        before = [await client.get(path) for path in paths]
        changes = catalog.CourseChanges(title="Another name")
        await catalog.update_course(platform, school.owner, course_id=taught.course, changes=changes)
        await catalog.publish_course(platform, school.owner, course_id=taught.course)
        for path, first in zip(paths, before, strict=True):
            answer = await again(client, path, first)
            assert answer.status_code == 200, path
            assert "Another name" in answer.text


async def test_two_readers_never_share_a_page(platform: Platform, school: School, taught: Taught) -> None:
    one, two, author = await account(school), await account(school), await account(school, Role.INSTRUCTOR)
    tags = set()
    for who in (one, two, author):
        async with browser(platform, who) as client:
            tags.add((await client.get(f"/catalogue/{taught.course}")).headers["etag"])
    assert len(tags) == 3


async def test_theme_and_language_are_part_of_the_page(platform: Platform, taught: Taught, learner: Account) -> None:
    async with browser(platform, learner) as client:
        first = await client.get("/catalogue")
        async with platform.db.write(None, person_id=learner.person_id) as tx:
            await tx.raw.execute("update identity_person set theme = 'dark' where id = $1", learner.person_id)
        assert (await again(client, "/catalogue", first)).status_code == 200
        assert taught.course


async def test_a_page_with_a_message_for_once_is_not_one_to_come_back_to(
    platform: Platform, school: School, taught: Taught
) -> None:
    async with browser(platform, await account(school)) as client:
        first = await client.get(f"/learn/courses/{taught.course}")
        await client.post(f"/learn/courses/{taught.course}/enrol")
        told = await again(client, f"/learn/courses/{taught.course}", first)
        assert told.status_code == 200
        assert "You are in" in told.text
        assert "etag" not in told.headers
        after = await client.get(f"/learn/courses/{taught.course}")
        assert "You are in. Begin" not in after.text
        assert "etag" in after.headers


@pytest.mark.parametrize("form", ["{}", "W/{}", '"another", {}', "*"])
async def test_clients_may_say_it_in_every_form(platform: Platform, school: School, taught: Taught, form: str) -> None:
    async with api_client(platform, school.tenant_id) as client:
        tag = (await client.get("/api/courses")).headers["etag"]
        answer = await client.get("/api/courses", headers={"if-none-match": form.format(tag)})
        assert answer.status_code == 304
        other = await client.get("/api/courses", headers={"if-none-match": '"another"'})
        assert other.status_code == 200
        assert taught.course


async def test_json_of_the_catalogue_has_strong_validators(
    platform: Platform, taught: Taught, learner: Account
) -> None:
    paths = ("/api/courses", f"/api/courses/{taught.course}", f"/api/courses/{taught.course}/outline")
    async with browser(platform, learner) as client:
        for path in paths:
            first, second = await client.get(path), await client.get(path)
            assert first.headers["etag"].startswith('"')
            assert first.content == second.content
            assert first.headers["etag"] == second.headers["etag"]
            assert (await again(client, path, first)).status_code == 304


async def test_an_authors_json_follows_the_draft(platform: Platform, school: School, taught: Taught) -> None:
    async with api_client(platform, school.tenant_id) as client:
        for path in ("/api/courses", f"/api/courses/{taught.course}"):
            first = await client.get(path)
            changes = catalog.CourseChanges(summary=f"changed for {path}")
            await catalog.update_course(platform, school.owner, course_id=taught.course, changes=changes)
            assert (await again(client, path, first)).status_code == 200
