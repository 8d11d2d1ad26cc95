"""The lesson page, as a browser without script sees it."""

import re
from datetime import timedelta

from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.clock import MovableClock
from tests.support.learning import teach
from tests.support.school import School


async def test_a_learner_reads_completes_and_is_led_to_the_end(platform: Platform, school: School) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    async with browser(platform, learner) as client:
        page = (await client.get(taught.lesson_path(0))).text
        assert "<em>a case</em>" in page
        assert "Mark complete, go on to 1.2" in page
        assert 'href="#b-first-part"' in page, "the outline lists the lesson's headings"
        led = []
        for number in range(3):
            answer = await client.post(f"{taught.lesson_path(number)}/complete")
            assert answer.status_code == 303, answer.text
            led.append(answer.headers["location"])
        assert led == [taught.lesson_path(1), taught.lesson_path(2), f"{taught.path}/finished"]
        done = (await client.get(led[-1])).text
        assert "You have finished Reading Evidence" in done
        pdf = re.search(r'href="(/learn/certificates/[^"]+\.pdf)"', done)
        assert pdf is not None
        paper = await client.get(pdf.group(1))
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")


async def test_completing_twice_leads_on_without_harm(platform: Platform, school: School) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    async with browser(platform, learner) as client:
        for _ in range(2):
            answer = await client.post(f"{taught.lesson_path(0)}/complete")
            assert answer.headers["location"] == taught.lesson_path(1)
        page = (await client.get(taught.lesson_path(0))).text
    assert "Mark complete" not in page
    assert "Go on to 1.2" in page


async def test_what_was_left_out_comes_after_the_last_lesson(platform: Platform, school: School) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    async with browser(platform, learner) as client:
        answer = await client.post(f"{taught.lesson_path(2)}/complete")
    assert answer.headers["location"] == taught.lesson_path(0)


async def test_who_is_not_in_the_course_finds_nothing(platform: Platform, school: School, other_school: School) -> None:
    taught = await teach(school)
    for stranger in (await account(school), await account(other_school), await account(other_school, Role.ADMIN)):
        async with browser(platform, stranger) as client:
            assert (await client.get(taught.lesson_path(0))).status_code == 404
            assert (await client.post(f"{taught.lesson_path(0)}/complete")).status_code == 404
            assert (await client.post(f"{taught.lesson_path(0)}/notes", data={"text": "x"})).status_code == 404
            assert (await client.get(f"{taught.path}/finished")).status_code == 404


async def test_a_lesson_of_another_course_is_not_found_below_this_one(platform: Platform, school: School) -> None:
    one, other, learner = await teach(school), await teach(school, title="Life Tables"), await account(school)
    await one.seat(learner.actor)
    async with browser(platform, learner) as client:
        assert (await client.get(one.lesson_path(0))).status_code == 200
        assert (await client.get(f"{one.path}/lessons/{other.lessons[0]}")).status_code == 404


async def test_staff_see_a_preview_and_leave_no_trace(platform: Platform, school: School) -> None:
    taught, teacher = await teach(school), await account(school, Role.INSTRUCTOR)
    async with browser(platform, teacher) as client:
        page = (await client.get(taught.lesson_path(0))).text
        assert "You see this as a preview" in page
        assert "Mark complete" not in page
        assert 'data-island="sitting' not in page
        assert (await client.get("/api/progress")).json()["items"] == []


async def test_the_home_leads_back_to_the_lesson_that_was_opened(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    async with browser(platform, learner) as client:
        await client.get(taught.lesson_path(1))
        await client.get(taught.lesson_path(2), headers={"Sec-Purpose": "prefetch"})
        clock.advance(timedelta(hours=1))
        home = (await client.get("/learn")).text
    assert f'href="{taught.lesson_path(1)}"' in home, "fetching ahead is not opening"
    assert "Continue reading" in home
    assert "1 hour ago" in home


async def test_an_edit_shows_as_soon_as_it_is_published(platform: Platform, school: School) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    async with browser(platform, learner) as client:
        assert "Second edition" not in (await client.get(taught.lesson_path(0))).text
        changes = catalog.LessonChanges(blocks=[{"type": "rich_text", "html": "<p>Second edition</p>"}])
        await catalog.save_lesson(platform, school.owner, lesson_id=taught.lessons[0], changes=changes)
        assert "Second edition" not in (await client.get(taught.lesson_path(0))).text
        await catalog.publish_course(platform, school.owner, course_id=taught.course)
        assert "Second edition" in (await client.get(taught.lesson_path(0))).text


async def test_notes_are_written_changed_deleted_and_brought_back_without_script(
    platform: Platform, school: School
) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    async with browser(platform, learner) as client:
        sent = {"text": "Ask who was counted", "block_id": "the-text", "quote": "a case"}
        kept = await client.post(f"{taught.lesson_path(0)}/notes", data=sent)
        assert kept.status_code == 303
        note = kept.headers["location"].partition("#note-")[2]
        page = (await client.get(taught.lesson_path(0))).text
        assert re.search(r'<div class="noted"[^>]*>.*Ask who was counted', page, re.S), "it stands beside its block"
        await client.post(f"/learn/notes/{note}", data={"text": "Ask who was left out"})
        assert "Ask who was left out" in (await client.get("/learn/notes")).text
        await client.post(f"/learn/notes/{note}", data={"do": "delete"})
        assert "Ask who was left out" not in (await client.get(taught.lesson_path(0))).text
        await client.post(f"/learn/notes/{note}/restore")
        assert "Ask who was left out" in (await client.get(taught.lesson_path(0))).text


async def test_an_empty_note_is_refused_beside_its_field(platform: Platform, school: School) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    async with browser(platform, learner) as client:
        answer = await client.post(f"{taught.lesson_path(0)}/notes", data={"text": "   "})
    assert answer.status_code == 422
    assert "Must not be empty" in answer.text


async def test_nobody_reaches_another_learners_note(platform: Platform, school: School) -> None:
    taught, learner, other = await teach(school), await account(school), await account(school)
    await taught.seat(learner.actor)
    await taught.seat(other.actor)
    async with browser(platform, learner) as client:
        kept = await client.post(f"{taught.lesson_path(0)}/notes", data={"text": "Mine alone"})
        note = kept.headers["location"].partition("#note-")[2]
    for curious in (other, await account(school, Role.ADMIN)):
        async with browser(platform, curious) as client:
            assert "Mine alone" not in (await client.get(taught.lesson_path(0))).text
            assert "Mine alone" not in (await client.get("/learn/notes")).text
            for path, data in ((note, {"text": "x"}), (note, {"do": "delete"}), (f"{note}/restore", {})):
                assert (await client.post(f"/learn/notes/{path}", data=data)).status_code == 404
            assert (await client.put(f"/api/notes/{note}", json={"text": "x"})).status_code == 404
            assert (await client.delete(f"/api/notes/{note}")).status_code == 404
