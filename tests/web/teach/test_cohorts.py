"""The cohort pages, as a browser without script sees them."""

import html
import re
from dataclasses import replace
from datetime import timedelta

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.facade import CohortDraft, CohortMode, CohortView, draft_of
from scholr.kernel.actor import Actor, Role
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.clock import MovableClock
from tests.support.cohorts import open_cohort, open_course
from tests.support.crowd import Person, seat_crowd
from tests.support.delivery import settle
from tests.support.school import School


async def seat(school: School, cohort: CohortView, learner: Actor, *, by: Actor | None = None) -> str:
    assert learner.membership_id is not None
    found = await enrollment.enrol(
        school.platform, by or school.owner, cohort_id=cohort.id, learner_id=learner.membership_id, may_wait=True
    )
    return str(found.id)


async def teacher_of(school: School, cohort: CohortView) -> Account:
    found = await account(school, Role.INSTRUCTOR)
    await enrollment.set_instructors(
        school.platform, school.owner, cohort_id=cohort.id, instructor_ids=[found.membership_id]
    )
    return found


async def test_a_teacher_opens_a_cohort_and_mistakes_keep_what_was_typed(platform: Platform, school: School) -> None:
    course_id, teacher = await open_course(school), await account(school, Role.INSTRUCTOR)
    async with browser(platform, teacher) as client:
        assert "takes a course together" in (await client.get("/teach/cohorts")).text
        wrong = await client.post(
            "/teach/cohorts",
            data={"course_id": str(course_id), "name": "Evening", "capacity": "many", "ends_at": "soon"},
        )
        assert wrong.status_code == 422
        assert 'value="Evening"' in wrong.text
        assert 'href="#capacity"' in wrong.text
        assert 'href="#ends_at"' in wrong.text
        opened = await client.post(
            "/teach/cohorts",
            data={
                "course_id": str(course_id),
                "name": "Evening",
                "capacity": "20",
                "mode": "approval",
                "waitlist": "on",
                "starts_at": "2026-09-01",
                "ends_at": "2026-12-20",
            },
        )
        assert opened.status_code == 303
        page = (await client.get(opened.headers["location"])).text
        assert "Nobody has a seat here yet" in page
        settings = (await client.get(f"{opened.headers['location']}/settings")).text
        assert 'value="2026-12-20"' in settings
        listed = (await client.get("/teach/cohorts")).text
    assert "Evening" in listed
    assert "0 of 20 seats" in listed


async def test_the_page_says_who_is_behind_and_sorts_and_filters(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    now = clock.now()
    draft = CohortDraft(capacity=9, starts_at=now - timedelta(days=60), ends_at=now + timedelta(days=1))
    cohort = await open_cohort(school, draft=draft)
    for name in ("Amira Haddad", "Leif Strand"):
        await seat(school, cohort, await school.person(name=name))
    teacher = await teacher_of(school, cohort)
    url = f"/teach/cohorts/{cohort.id}"
    async with browser(platform, teacher) as client:
        page = (await client.get(url)).text
        assert "Nobody has begun yet" in page
        found = (await client.get(f"{url}?q=leif&sort=name&dir=down")).text
        assert "Leif Strand" in found
        assert "Amira Haddad" not in found
        assert "Nobody fits" in (await client.get(f"{url}?show=done")).text
        export = await client.get(f"{url}/roster.csv")
    assert export.headers["content-type"].startswith("text/csv")
    assert "Amira Haddad" in export.text


async def test_requests_are_answered_and_people_told(platform: Platform, school: School) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=1, mode=CohortMode.APPROVAL))
    people = [await school.person(name=name) for name in ("Ada", "Bo", "Cy")]
    ids = [await seat(school, cohort, each, by=each) for each in people]
    teacher = await teacher_of(school, cohort)
    url = f"/teach/cohorts/{cohort.id}"
    async with browser(platform, teacher) as client:
        assert "Three wait for your answer" in (await client.get(url)).text
        await client.post(f"{url}/requests", data={"ids": ids[2], "do": "decline"})
        answered = await client.post(f"{url}/requests", data={"ids": ids[:2], "do": "approve"})
        assert answered.status_code == 303
        page = (await client.get(url)).text
    assert "1 let in, 1 into the queue" in page
    assert "Waiting for a seat" in page
    await settle(platform)
    async with platform.db.read(school.tenant_id) as rx:
        subjects = await rx.raw.fetch("select subject from platform_mail where tenant_id = $1", school.tenant_id)
    assert sorted(row["subject"] for row in subjects) == [
        "You have a seat in Reading Evidence",
        "Your request for Reading Evidence",
    ]


async def test_acting_on_many_asks_first_and_can_be_taken_back(platform: Platform, school: School) -> None:
    cohort = await open_cohort(school, capacity=3)
    other = await open_cohort(school, cohort.course_id, draft=CohortDraft(capacity=1, name="Morning"))
    ids = [await seat(school, cohort, await school.person()) for _ in range(3)]
    teacher = await teacher_of(school, cohort)
    await enrollment.set_instructors(platform, school.owner, cohort_id=other.id, instructor_ids=[teacher.membership_id])
    url = f"/teach/cohorts/{cohort.id}"
    async with browser(platform, teacher) as client:
        assert "Move 2 people" in (await client.post(f"{url}/act", data={"ids": ids[:2], "do": "move"})).text
        moved = await client.post(f"{url}/do", data={"ids": ids[:2], "do": "move", "target": str(other.id)})
        assert moved.status_code == 303
        assert "One person moved. Every seat of this cohort is taken." in (await client.get(url)).text
        empty = await client.post(f"{url}/do", data={"ids": ids[1:], "do": "message", "subject": "Hello", "text": " "})
        assert empty.status_code == 422
        written = {"ids": ids[1:], "do": "message", "subject": "Hello", "text": "See you on Monday."}
        assert (await client.post(f"{url}/do", data=written)).status_code == 303
        assert "Withdraw 2 people" in (await client.post(f"{url}/act", data={"ids": ids[1:], "do": "withdraw"})).text
        await client.post(f"{url}/do", data={"ids": ids[1:], "do": "withdraw"})
        page = (await client.get(url)).text
        assert "The roster fills as people come in" in page
        undo = page.split(f'action="{url}/bring-back?people=')[1].split('"')[0]
        await client.post(f"{url}/bring-back?people={undo}")
        assert "2 people back." in (await client.get(url)).text
    async with platform.db.read(school.tenant_id) as rx:
        mails = await rx.raw.fetchval("select count(*) from platform_mail where tenant_id = $1", school.tenant_id)
    assert mails == 2


async def test_more_time_is_given_beyond_the_end(platform: Platform, school: School, clock: MovableClock) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=3, ends_at=clock.now() + timedelta(days=3)))
    learner = await school.person()
    enrollment_id = await seat(school, cohort, learner)
    teacher = await teacher_of(school, cohort)
    url = f"/teach/cohorts/{cohort.id}/do"
    day = (clock.now() + timedelta(days=30)).date().isoformat()
    async with browser(platform, teacher) as client:
        refused = await client.post(url, data={"ids": enrollment_id, "do": "extend", "until": "2020-01-01"})
        assert refused.status_code == 422
        assert (await client.post(url, data={"ids": enrollment_id, "do": "extend", "until": day})).status_code == 303
    assert learner.membership_id is not None
    async with platform.db.read(school.tenant_id) as rx:
        found = await enrollment.active_enrollment(rx, learner.membership_id, cohort.course_id)
    assert found is not None
    assert found.ends_at is not None
    assert found.ends_at > clock.now() + timedelta(days=29)


async def test_somebody_is_brought_in_by_address_and_the_cohort_closed(platform: Platform, school: School) -> None:
    cohort, newcomer = await open_cohort(school), await account(school)
    teacher = await teacher_of(school, cohort)
    url = f"/teach/cohorts/{cohort.id}"
    async with browser(platform, teacher) as client:
        unknown = await client.post(f"{url}/people", data={"email": "nobody@example.org"})
        assert unknown.status_code == 422
        assert "Invite them first" in unknown.text
        for nothing in ("", "   "):
            assert (await client.post(f"{url}/people", data={"email": nothing})).status_code == 422, "the service's"
        await client.post(f"{url}/people", data={"email": newcomer.email.upper()})
        assert newcomer.email in (await client.get(url)).text
        await client.post(f"{url}/status", data={"status": "closed"})
        again = await client.post(f"{url}/people", data={"email": teacher.email})
    assert again.status_code == 422
    assert "takes no more people" in again.text


async def test_other_teachers_and_other_schools_find_nothing(
    platform: Platform, school: School, other_school: School
) -> None:
    cohort = await open_cohort(school)
    url = f"/teach/cohorts/{cohort.id}"
    for stranger in (await account(school, Role.INSTRUCTOR), await account(other_school, Role.ADMIN)):
        async with browser(platform, stranger) as client:
            for path in ("", "/settings", "/roster.csv"):
                assert (await client.get(f"{url}{path}")).status_code == 404
            for path in ("/act", "/do", "/people", "/settings", "/status"):
                sent = {"ids": str(cohort.id), "do": "withdraw", "email": stranger.email, "capacity": "3"}
                assert (await client.post(f"{url}{path}", data=sent)).status_code == 404, path


async def test_the_course_page_offers_what_is_open(platform: Platform, school: School) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=1, name="Morning"))
    learner, other = await account(school), await account(school)
    course = f"/learn/courses/{cohort.course_id}"
    async with browser(platform, learner) as client:
        assert "1 seat free" in (await client.get(course)).text
        joined = await client.post(f"{course}/enrolment", data={"cohort_id": str(cohort.id)})
        assert joined.headers["location"] == course
    async with browser(platform, other) as client:
        assert "Join the waiting list" in (await client.get(course)).text
        await client.post(f"{course}/enrolment", data={"cohort_id": str(cohort.id), "waitlist": "on"})
        assert "You are number 1 in the queue for Morning" in (await client.get(course)).text
        await client.post(f"{course}/withdraw")
        asking = replace(draft_of(cohort), capacity=2, mode=CohortMode.APPROVAL)
        await enrollment.change_cohort(platform, school.owner, cohort_id=cohort.id, draft=asking)
        assert "Ask to take part" in (await client.get(course)).text
        await client.post(f"{course}/enrolment", data={"cohort_id": str(cohort.id)})
        assert "Your request is with the people who run Morning" in (await client.get(course)).text


async def test_everybody_of_a_large_cohort_is_counted_and_reached_page_by_page(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    now = clock.now()
    draft = CohortDraft(capacity=1, starts_at=now - timedelta(days=50), ends_at=now + timedelta(days=50))
    cohort = await open_cohort(school, draft=draft)
    gone = now - timedelta(days=30)
    people = [Person(name=f"Learner {n:04}", seen_at=gone if n % 2 else None) for n in range(620)]
    await seat_crowd(school, cohort, people)
    teacher = await teacher_of(school, cohort)
    url, seen = f"/teach/cohorts/{cohort.id}", []
    async with browser(platform, teacher) as client:
        address = f"{url}?sort=name"
        while address:
            page = (await client.get(address)).text
            assert "620 of 621 seats" in page
            seen.append(re.findall(r"<b>(Learner \d{4})</b>", page))
            further = re.search(r'href="([^"]+)" rel="next"', page)
            address = html.unescape(further[1]) if further else ""
        back = re.search(r'href="([^"]+)" rel="prev"', page)
        assert back is not None
        previous = (await client.get(html.unescape(back[1]))).text
        export = (await client.get(f"{url}/roster.csv")).text
    assert [len(each) for each in seen] == [100, 100, 100, 100, 100, 100, 20]
    assert [name for each in seen for name in each] == [person.name for person in people]
    assert re.findall(r"<b>(Learner \d{4})</b>", previous) == seen[-2]
    assert export.count("Learner ") == 620


async def test_all_who_fit_are_written_to_and_given_time_whatever_their_number(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    now = clock.now()
    draft = CohortDraft(capacity=1, starts_at=now - timedelta(days=50), ends_at=now + timedelta(days=50))
    cohort = await open_cohort(school, draft=draft)
    people = [Person(name=f"Absent {n}") for n in range(510)] + [
        Person(name=f"Here {n}", done=1, seen_at=now) for n in range(101)
    ]
    await seat_crowd(school, cohort, people)
    teacher = await teacher_of(school, cohort)
    url = f"/teach/cohorts/{cohort.id}"
    message = {"do": "message", "all": "on", "q": "absent", "subject": "Hello", "text": "Where are you?"}
    async with browser(platform, teacher) as client:
        assert "100 of 510 shown" in (await client.get(f"{url}?q=absent")).text
        asked = (await client.post(f"{url}/act", data={"do": "message", "all": "on", "q": "absent"})).text
        assert "Write to 510 people" in asked
        assert 'name="q" value="absent"' in asked
        sent = await client.post(f"{url}/do", data=message)
        assert sent.status_code == 303
        assert "Written to 510 people." in (await client.get(url)).text
        day = (now + timedelta(days=70)).date().isoformat()
        await client.post(f"{url}/do", data={"do": "extend", "all": "on", "until": day})
        assert "611 people may go on" in (await client.get(url)).text
        refused = await client.post(f"{url}/act", data={"do": "withdraw", "all": "on"})
        assert refused.status_code == 303
        assert "Choose somebody first." in (await client.get(url)).text
    async with platform.db.read(school.tenant_id) as rx:
        mails = await rx.raw.fetch("select recipient from platform_mail where tenant_id = $1", school.tenant_id)
        extended = await rx.raw.fetchval(
            "select count(*) from enrollment_enrollment where cohort_id = $1 and extended_until is not null", cohort.id
        )
    assert len({row["recipient"] for row in mails if row["recipient"].startswith("Absent.")}) == len(mails) == 510
    assert extended == 611


async def test_the_longest_waits_come_first_however_many_wait(platform: Platform, school: School) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=1, mode=CohortMode.APPROVAL))
    for name in ("Zoe", "Ada"):
        asking = await school.person(name=name)
        await seat(school, cohort, asking, by=asking)
    for name in ("First", "Yves", "Bea"):
        await seat(school, cohort, await school.person(name=name))
    async with platform.db.read(school.tenant_id) as rx:
        waiting = await enrollment.waiting_people(rx, cohort.id, limit=200)
        two = await enrollment.waiting_people(rx, cohort.id, limit=1)
    assert [(each.name, each.position) for each in waiting] == [("Zoe", None), ("Ada", None), ("Yves", 1), ("Bea", 2)]
    assert [each.name for each in two] == ["Zoe", "Yves"]
